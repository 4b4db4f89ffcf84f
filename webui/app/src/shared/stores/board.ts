// The supervisor's board: a snapshot, kept fresh by frames of the topic "board".
import { defineStore } from 'pinia'
import { ref } from 'vue'
import { get } from '../api/client'
import { serverNow } from '../lib/now'
import type { Alert, Board, BoardAgent, BoardChannel, BoardQueue } from '../api/types'

export const useBoard = defineStore('board', () => {
  const board = ref<Board>()
  const error = ref<unknown>()
  /** Grows when the two lists of late work should be asked for again. */
  const lateVersion = ref(0)

  async function load(): Promise<void> {
    try {
      board.value = await get<Board>('/board')
      error.value = undefined
    } catch (e) {
      error.value = e
    }
  }

  function changed(queues: BoardQueue[] = [], agents: BoardAgent[] = [], lateChanged = false): void {
    const b = board.value
    if (!b) return
    for (const q of queues) replace(b.queues, q, x => x.id === q.id)
    for (const a of agents) replace(b.agents, a, x => x.agent === a.agent)
    b.at = new Date(serverNow()).toISOString()
    if (lateChanged) lateVersion.value++
  }

  function channel(c: BoardChannel): void {
    if (board.value) replace(board.value.channels, c, x => x.inbox === c.inbox)
  }

  /** An alert that was raised, changed or cleared; says whether it is new. */
  function alert(a: Alert): boolean {
    const b = board.value
    if (!b) return false
    const fresh = !b.alerts.some(x => x.id === a.id)
    if (a.cleared_at) b.alerts = b.alerts.filter(x => x.id !== a.id)
    else replace(b.alerts, a, x => x.id === a.id)
    return fresh && !a.cleared_at
  }

  function clear(): void { board.value = undefined; error.value = undefined }

  return { board, error, lateVersion, load, changed, channel, alert, clear }
})

function replace<T>(list: T[], item: T, same: (x: T) => boolean): void {
  const i = list.findIndex(same)
  if (i >= 0) list[i] = item
  else list.push(item)
}
