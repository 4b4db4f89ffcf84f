// Nothing moves under the hand. While the pointer or the focus is in the list, its order stays as it was and rows that
// came are counted in a pill; numbers and clocks inside the rows go on changing. It settles two seconds after.
import { computed, ref, shallowRef, watch, type ComputedRef, type Ref } from 'vue'
import type { Conversation } from '@/shared/api/types'
import { keyOf, type ListQuery } from '@/shared/stores/lists'

/** How long the list waits after the hand left, ms (UI.md 5.1). */
const settles = 2000

export interface SteadyRows {
  rows: ComputedRef<Conversation[]>
  fresh: ComputedRef<number>
  show: () => void
  hold: (on: boolean) => void
}

export function useSteadyRows(live: ComputedRef<Conversation[]>, query: () => ListQuery, scroller: Ref<HTMLElement | undefined>): SteadyRows {
  const held = ref(false)
  const order = shallowRef<string[]>() // the order kept while held
  let timer: ReturnType<typeof setTimeout> | undefined

  function release(): void {
    held.value = false
    order.value = undefined
  }
  function hold(on: boolean): void {
    clearTimeout(timer)
    if (on) {
      if (!held.value) order.value = live.value.map(r => r.id)
      held.value = true
    } else {
      timer = setTimeout(release, settles)
    }
  }
  watch(() => keyOf(query()), () => { clearTimeout(timer); release() })

  const rows = computed(() => {
    const kept = order.value
    if (!kept) return live.value
    const place = new Map(kept.map((id, i) => [id, i]))
    // What was paged in below stays below; what came live waits in the pill unless it belongs at the end anyway.
    const known = live.value.filter(r => place.has(r.id)).sort((a, b) => place.get(a.id)! - place.get(b.id)!)
    const last = known.at(-1)
    const lastAt = last ? live.value.indexOf(last) : -1
    return [...known, ...live.value.filter((r, i) => !place.has(r.id) && i > lastAt)]
  })
  const fresh = computed(() => live.value.length - rows.value.length)

  function show(): void {
    clearTimeout(timer)
    release()
    scroller.value?.scrollTo({ top: 0 })
  }
  return { rows, fresh, show, hold }
}
