// Canned replies: what "/" finds, by shortcut and by title, and how keys move in it.
import { computed, ref, type ComputedRef, type Ref } from 'vue'
import type { Canned } from '@/shared/api/types'
import { useDirectory } from '@/shared/stores/directory'

const most = 6

export interface CannedPick {
  items: ComputedRef<Canned[]>
  at: Ref<number>
  open: (term: string) => void
  close: () => void
  key: (e: KeyboardEvent, pick: (c: Canned) => void) => boolean
}

/** The replies a term finds; shortcuts that begin with it first. */
export function find(all: Canned[], term: string): Canned[] {
  const q = term.toLowerCase()
  const score = (c: Canned): number => c.shortcut.toLowerCase().startsWith(q) ? 0 : c.shortcut.toLowerCase().includes(q) ? 1 : c.title.toLowerCase().includes(q) ? 2 : 3
  return all.filter(c => score(c) < 3).sort((a, b) => score(a) - score(b) || a.shortcut.localeCompare(b.shortcut)).slice(0, most)
}

export function useCanned(): CannedPick {
  const directory = useDirectory()
  const term = ref<string>()
  const at = ref(0)
  const items = computed(() => term.value === undefined ? [] : find(directory.all.canned, term.value))
  function open(t: string): void { if (term.value !== t) at.value = 0; term.value = t }
  function close(): void { term.value = undefined }
  function key(e: KeyboardEvent, pick: (c: Canned) => void): boolean {
    const n = items.value.length
    if (!n) return false
    if (e.key === 'ArrowDown' || e.key === 'ArrowUp') at.value = (at.value + (e.key === 'ArrowDown' ? 1 : n - 1)) % n
    else if (e.key === 'Enter' || e.key === 'Tab') { const c = items.value[at.value]; if (c) pick(c); close() }
    else if (e.key === 'Escape') close()
    else return false
    e.preventDefault()
    return true
  }
  return { items, at, open, close, key }
}
