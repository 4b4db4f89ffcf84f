// The supervisor's board: a snapshot, kept fresh by frames of the topic "board".
import { defineStore } from 'pinia'
import { markRaw, ref, shallowRef, toRaw } from 'vue'
import { get } from '../api/client'
import { serverNow } from '../lib/now'
import { retold } from '../lib/retold'
import type { Alert, Board, BoardAgent, BoardChannel, BoardQueue } from '../api/types'

export const useBoard = defineStore('board', () => {
  /** Its agents are replaced, never changed: a thousand that are watched field by field cost more than they show. */
  const board = ref<Board>()
  const error = ref<unknown>()
  /** Grows when the two lists of late work should be asked for again. */
  const lateVersion = ref(0)
  /** Grows with every frame: what a snapshot brings is no news. */
  const frames = ref(0)
  /** The alert heard of last, whatever happened to it. */
  const heard = shallowRef<Alert>()
  /** The alert that was raised last and not told before. */
  const raised = shallowRef<Alert>()
  const told = new Set<string>()
  const news = retold<(b: Board) => void>()

  /** What a frame does to the board, now and to the snapshot that is on its way. */
  function hear(change: (b: Board) => void): void {
    news.heard(change)
    if (board.value) change(board.value)
  }

  async function load(): Promise<void> {
    try {
      await news.over(() => get<Board>('/board'), (b) => {
        b.agents = kept(b.agents, board.value?.agents, x => x.agent).map(a => markRaw(a))
        b.queues = kept(b.queues, toRaw(board.value)?.queues, x => x.id)
        board.value = b
        for (const a of b.alerts) told.add(a.id)
        error.value = undefined
      }, again => again(board.value!))
    } catch (e) {
      error.value = e
    }
  }

  function changed(queues: BoardQueue[] = [], agents: BoardAgent[] = [], lateChanged = false, waivers?: number): void {
    hear((b) => {
      if (waivers !== undefined) b.waivers = waivers
      for (const q of queues) replace(b.queues, q, x => x.id === q.id)
      for (const a of agents) replace(b.agents, markRaw(a), x => x.agent === a.agent)
      b.at = new Date(serverNow()).toISOString()
    })
    frames.value++
    if (lateChanged) lateVersion.value++
  }

  function channel(c: BoardChannel): void {
    hear(b => replace(b.channels, c, x => x.inbox === c.inbox))
  }

  /** An alert that was raised, changed or cleared; says whether it is news that calls for somebody. Whether a board is
   *  shown makes no difference. */
  function alert(a: Alert): boolean {
    const fresh = !told.has(a.id)
    told.add(a.id)
    heard.value = a
    hear((b) => {
      if (a.cleared_at) b.alerts = b.alerts.filter(x => x.id !== a.id)
      else replace(b.alerts, a, x => x.id === a.id)
    })
    const calls = fresh && !a.cleared_at && !a.acknowledged && !a.snoozed_until
    if (calls) raised.value = a
    return calls
  }

  function clear(): void { board.value = error.value = heard.value = raised.value = undefined; told.clear() }

  return { board, error, lateVersion, frames, heard, raised, load, changed, channel, alert, clear }
})

function replace<T>(list: T[], item: T, same: (x: T) => boolean): void {
  const i = list.findIndex(same)
  if (i >= 0) list[i] = item
  else list.push(item)
}

/** A fresh list in which what says the same as before is the same object, so that nobody draws it again. */
function kept<T>(fresh: T[], before: T[] | undefined, id: (x: T) => string): T[] {
  const known = new Map(before?.map(x => [id(x), x]))
  return fresh.map((x) => {
    const was = known.get(id(x))
    return was && JSON.stringify(was) === JSON.stringify(x) ? was : x
  })
}
