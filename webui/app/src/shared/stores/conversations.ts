// Every conversation the page knows, once, by id; and the lists over them. A list keeps which ids belong to it: pages
// fill it, live changes add and remove, and its order is computed from the rows themselves.
import { defineStore } from 'pinia'
import { computed, reactive, shallowReactive, type ComputedRef } from 'vue'
import { api } from '../api/endpoints'
import type { Conversation, Page } from '../api/types'
import { retold } from '../lib/retold'
import { belongs, compare, keyOf, type ListQuery } from './lists'
import { useSession } from './session'

export interface List {
  query: ListQuery
  ids: Set<string>
  next: string
  state: 'empty' | 'loading' | 'ready' | 'failed'
  /** What is on its way was asked before the line was lost: it is asked for again. */
  stale?: boolean
  error: unknown
}

const pageSize = 40

export const useConversations = defineStore('conversations', () => {
  const session = useSession()
  const byId = shallowReactive(new Map<string, Conversation>())
  const lists = reactive(new Map<string, List>())
  const news = retold<(l: List) => void>()

  function list(query: ListQuery): List {
    const key = keyOf(query)
    if (!lists.has(key)) lists.set(key, { query, ids: new Set(), next: '', state: 'empty', error: undefined })
    return lists.get(key)!
  }

  /** The rows of a list in its order. */
  function rows(query: () => ListQuery): ComputedRef<Conversation[]> {
    return computed(() => {
      const q = query(), order = compare(q)
      const found: Conversation[] = []
      for (const id of lists.get(keyOf(q))?.ids ?? []) {
        const row = byId.get(id)
        if (row) found.push(row)
      }
      return found.sort(order)
    })
  }

  /** Loads the first page, or the next one where there is one. */
  async function load(query: ListQuery, more = false, limit = pageSize): Promise<void> {
    const l = list(query)
    if (l.state === 'loading' || (more && !l.next)) return
    l.state = 'loading'
    l.stale = false
    try {
      await news.over(
        () => api.conversations({ ...query, cursor: more ? l.next : undefined, limit }),
        (page: Page<Conversation>) => {
          if (!more) l.ids = new Set()
          l.next = page.next ?? ''
          for (const row of page.items) { put(row); l.ids.add(row.id) }
        },
        again => again(l),
      )
      l.state = 'ready'
      l.error = undefined
    } catch (e) {
      l.state = 'failed'
      l.error = e
    }
    if (l.stale) await load(query, false, limit)
  }

  /** After a lost line that could not be resumed: what is shown is loaded again, what is not is forgotten. */
  async function reloadShown(): Promise<void> {
    await Promise.all([...lists.values()].filter(l => l.state !== 'empty').map((l) => {
      if (l.state === 'loading') l.stale = true
      return load(l.query)
    }))
  }

  function put(row: Conversation): void {
    const have = byId.get(row.id)
    if (have && have.version > row.version) return // an older answer came later
    byId.set(row.id, row)
  }

  /** A row as the server says it is now, and its place in every list. */
  function changed(row: Conversation): void {
    const before = byId.get(row.id)
    put(row)
    const now = byId.get(row.id)!
    if (holds(before) !== holds(now)) session.recount()
    news.heard((l) => { put(row); settle(l, row.id) })
    for (const l of lists.values()) if (l.state !== 'empty') settle(l, row.id)
  }

  /** Puts a row into a list or takes it out, as it stands now. */
  function settle(l: List, id: string): void {
    const row = byId.get(id)
    if (!row || !belongs(l.query, row, session.agent)) l.ids.delete(id)
    else if (!l.ids.has(id) && withinLoaded(l, row)) l.ids.add(id)
  }

  /** What counts to my load, as one word to compare: its queue decides the weight. */
  const holds = (c: Conversation | undefined): string => c?.assignee === session.me && c.status === 'open' ? c.queue : ''

  // Beyond the last loaded row the server's pages will bring it.
  function withinLoaded(l: List, row: Conversation): boolean {
    if (!l.next) return true
    const order = compare(l.query)
    for (const id of l.ids) {
      const other = byId.get(id)
      if (other && order(row, other) < 0) return true
    }
    return false
  }

  function removed(id: string): void {
    if (holds(byId.get(id))) session.recount()
    const goes = (l: List): void => { byId.delete(id); l.ids.delete(id) }
    news.heard(goes)
    byId.delete(id)
    lists.forEach(goes)
  }

  /** A row from the socket, which is the same for everybody: what I have read is kept from before. */
  function heard(row: Conversation): void {
    const read = byId.get(row.id)?.read ?? 0
    changed({ ...row, read, unread: row.messages > read })
  }

  /** This person has seen all up to `number`. */
  function read(id: string, number: number): void {
    const row = byId.get(id)
    if (!row || row.read >= number) return
    byId.set(id, { ...row, read: number, unread: row.messages > number })
    void api.seen(id, number).catch(() => {}) // a lost marker is set again by the next look
  }

  async function fetch(id: string): Promise<Conversation> {
    const row = await api.conversation(id)
    changed(row)
    return row
  }

  /** Change what is shown at once, ask, and settle on the answer or go back. */
  async function act(id: string, guess: Partial<Conversation>, ask: (row: Conversation) => Promise<Conversation | undefined>): Promise<Conversation> {
    const before = byId.get(id) ?? await fetch(id)
    changed({ ...before, ...guess })
    try {
      const after = await ask(before)
      if (after) changed(after)
      return byId.get(id) ?? before
    } catch (e) {
      if (byId.get(id)?.version === before.version) { byId.set(id, before); changed(before) }
      throw e
    }
  }

  function clear(): void { byId.clear(); lists.clear() }

  return { byId, lists, list, rows, load, reloadShown, changed, heard, read, removed, fetch, act, clear }
})
