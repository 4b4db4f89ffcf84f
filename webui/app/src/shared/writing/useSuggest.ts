// The editor's suggestion plugin, turned into plain reactive state for our own list.
import { Extension } from '@tiptap/core'
import { PluginKey } from '@tiptap/pm/state'
import Suggestion, { type SuggestionKeyDownProps, type SuggestionOptions, type SuggestionProps } from '@tiptap/suggestion'
import { ref, shallowRef, type Ref, type ShallowRef } from 'vue'
import type { Canned } from '@/shared/api/types'

export interface Suggest<T> {
  items: ShallowRef<T[]>
  at: Ref<number>
  pick: (item: T) => void
  options: Pick<SuggestionOptions<T, T>, 'items' | 'render'>
}

export function useSuggest<T>(search: (term: string) => T[]): Suggest<T> {
  const items = shallowRef<T[]>([])
  const at = ref(0)
  let pick: (item: T) => void = () => {}
  const show = (p: SuggestionProps<T, T>): void => {
    items.value = p.items
    at.value = Math.min(at.value, Math.max(0, p.items.length - 1))
    pick = item => p.command(item)
  }
  const close = (): void => { items.value = []; at.value = 0 }
  function key({ event: e }: SuggestionKeyDownProps): boolean {
    const n = items.value.length
    if (!n || e.isComposing) return false
    if (e.key === 'ArrowDown' || e.key === 'ArrowUp') at.value = (at.value + (e.key === 'ArrowDown' ? 1 : n - 1)) % n
    else if (e.key === 'Enter' || e.key === 'Tab') { const item = items.value[at.value]; if (item !== undefined) pick(item) }
    else if (e.key === 'Escape') close()
    else return false
    return true
  }
  return {
    items, at, pick: item => pick(item),
    options: { items: ({ query }) => search(query), render: () => ({ onStart: show, onUpdate: show, onKeyDown: key, onExit: close }) },
  }
}

/** Canned replies by "/". */
export const Slash = Extension.create<{ suggestion: Partial<SuggestionOptions<Canned, Canned>> }>({
  name: 'slash',
  addOptions: () => ({ suggestion: {} }),
  addProseMirrorPlugins() {
    return [Suggestion<Canned, Canned>({ editor: this.editor, char: '/', pluginKey: new PluginKey('slash'), ...this.options.suggestion })]
  },
})
