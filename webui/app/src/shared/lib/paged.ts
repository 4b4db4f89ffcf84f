// A list that comes in pages. What is there stays while more is asked for, and when that fails; so does what came into it
// by other ways meanwhile, and with `keyOf` nothing stands twice.
import { ref, shallowRef, type Ref, type ShallowRef } from 'vue'
import type { Page } from '../api/types'
import { useLatest } from './latest'

export interface Paged<T> {
  /** Undefined until the first page is there. */
  items: ShallowRef<T[] | undefined>
  more: Ref<boolean>
  /** Why the last asking failed; beside the items there are, or instead of them. */
  error: Ref<unknown>
  busy: Ref<boolean>
  /** The first page, in place of what is there; what is asked changed when `afresh`. */
  load: (afresh?: boolean) => Promise<void>
  next: () => Promise<void>
}

export function usePaged<T>(ask: (cursor: string | undefined, signal: AbortSignal) => Promise<Page<T>>, keyOf?: (x: T) => string): Paged<T> {
  const items = shallowRef<T[]>(), more = ref(false), error = ref<unknown>(), busy = ref(false)
  const latest = useLatest()
  let cursor = ''
  async function asks(at: string | undefined): Promise<void> {
    busy.value = true
    error.value = undefined
    await latest(signal => ask(at, signal), (p) => {
      const kept = at === undefined ? [] : items.value ?? []
      const known = new Set(keyOf && kept.map(keyOf))
      items.value = [...kept, ...keyOf ? p.items.filter(x => !known.has(keyOf(x))) : p.items]
      cursor = p.next
      more.value = Boolean(p.next)
      busy.value = false
    }, (e) => { error.value = e; busy.value = false })
  }
  return {
    items, more, error, busy,
    load: (afresh = false) => { if (afresh) items.value = undefined; return asks(undefined) },
    next: () => busy.value ? Promise.resolve() : asks(cursor),
  }
}
