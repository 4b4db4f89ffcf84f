// How old the numbers on the board are. While the line stands every change is pushed, so they are of now; when it is
// lost, or the server could not answer, they age, and the board says so from the third second on.
import { computed, type ComputedRef } from 'vue'
import { live } from '@/shared/live'
import { serverOffset, useNow } from '@/shared/lib/now'
import { at } from '@/shared/lib/time'
import { useBoard } from '@/shared/stores/board'

/** Nobody is told about less, ms. */
const worthSaying = 2000

export function useAge(): ComputedRef<number> {
  const now = useNow()
  const store = useBoard()
  return computed(() => {
    const lost = live.state.lostAt === undefined ? 0 : now.value - serverOffset.value - live.state.lostAt
    const failed = store.error && store.board ? now.value - (at(store.board.at) ?? now.value) : 0
    const age = Math.max(lost, failed)
    return age > worthSaying ? age : 0
  })
}
