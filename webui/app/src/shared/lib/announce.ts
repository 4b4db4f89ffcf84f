// What a screen reader hears without anything being focused: offers and breaches at once, messages politely.
import { reactive } from 'vue'

export interface Said { id: number, key: string, params: Record<string, string> }
export const spoken = reactive<{ assertive: Said | undefined, polite: Said | undefined }>({ assertive: undefined, polite: undefined })
let id = 0

/** Says `announce.<key>` once. */
export function announce(key: string, params: Record<string, string>, urgent = false): void {
  spoken[urgent ? 'assertive' : 'polite'] = { id: ++id, key, params }
}
