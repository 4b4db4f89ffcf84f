// What a screen reader hears without anything being focused: offers and breaches at once, messages politely.
import { reactive } from 'vue'

/** `quote` is what somebody wrote, in their own language. */
export interface Said { id: number, key: string, params: Record<string, string>, quote: string }
export const spoken = reactive<{ assertive: Said | undefined, polite: Said | undefined }>({ assertive: undefined, polite: undefined })
let id = 0

/** Says `announce.<key>` once, and after it what was written, not longer than one listens to. */
export function announce(key: string, params: Record<string, string>, urgent = false, quote = ''): void {
  spoken[urgent ? 'assertive' : 'polite'] = { id: ++id, key, params, quote: [...quote].length > 200 ? `${[...quote].slice(0, 200).join('')}…` : quote }
}
