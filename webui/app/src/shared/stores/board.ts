// The supervisor's board: a snapshot, kept fresh by frames of the topic "board".
import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'
import { get } from '../api/client'
import { serverNow } from '../lib/now'
import type { Alert, Board, BoardAgent, BoardChannel, BoardQueue } from '../api/types'

export const useBoard = defineStore('board', () => {
  const board = ref<Board>()
  const error = ref<unknown>()
  /** Grows when the two lists of late work should be asked for again. */
  const lateVersion = ref(0)
  /** The alert heard of last, whatever happened to it. */
  const heard = shallowRef<Alert>()
  /** The alert that was raised last and not told before. */
  const raised = shallowRef<Alert>()
  const told = new Set<string>()

  async function load(): Promise<void> {
    try {
      board.value = await get<Board>('/board')
      for (const a of board.value.alerts) told.add(a.id)
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

  /** An alert that was raised, changed or cleared; says whether it is news that calls for somebody. Whether a board is
   *  shown makes no difference. */
  function alert(a: Alert): boolean {
    const fresh = !told.has(a.id), b = board.value
    told.add(a.id)
    heard.value = a
    if (b && a.cleared_at) b.alerts = b.alerts.filter(x => x.id !== a.id)
    else if (b) replace(b.alerts, a, x => x.id === a.id)
    const calls = fresh && !a.cleared_at && !a.acknowledged && !a.snoozed_until
    if (calls) raised.value = a
    return calls
  }

  function clear(): void { board.value = error.value = heard.value = raised.value = undefined; told.clear() }

  return { board, error, lateVersion, heard, raised, load, changed, channel, alert, clear }
})

function replace<T>(list: T[], item: T, same: (x: T) => boolean): void {
  const i = list.findIndex(same)
  if (i >= 0) list[i] = item
  else list.push(item)
}
