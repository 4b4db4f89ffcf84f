// What belongs to a list and in which order: the same rules the server pages by, so that a live change lands where the
// next page would have shown it.
import type { Agent, Conversation } from '../api/types'
import { serverNow } from '../lib/now'
import { at } from '../lib/time'

export type ListName = 'mine' | 'my_queues' | 'unassigned' | 'mentioned' | 'all'
export type Sort = 'due' | 'newest' | 'oldest'

/** A list as it stands in the address and in the request. */
export interface ListQuery {
  list: ListName
  status?: string
  queue?: string
  inbox?: string
  medium?: string
  tier?: string
  priority?: string
  tag?: string
  assignee?: string
  late?: string
  sort?: Sort
  [key: string]: string | undefined
}

export function keyOf(q: ListQuery): string {
  return JSON.stringify(Object.entries(q).filter(([, v]) => v).sort(([a], [b]) => a < b ? -1 : 1))
}

/** Whether a row is in a list. */
export function belongs(q: ListQuery, c: Conversation, me: Agent | undefined): boolean {
  const status = q.status ?? 'active'
  if (status === 'active' ? c.status === 'resolved' : status !== 'any' && status !== c.status) return false
  if (c.merged_into) return false
  if (q.queue && c.queue !== q.queue) return false
  if (q.inbox && c.inbox !== q.inbox) return false
  if (q.medium && c.medium !== q.medium) return false
  if (q.tier && c.contact.tier !== q.tier) return false
  if (q.priority && c.priority !== q.priority) return false
  if (q.tag && !c.tags.includes(q.tag)) return false
  if (q.assignee && c.assignee !== q.assignee) return false
  if (q.late && !(c.due_at && Date.parse(c.due_at) <= serverNow())) return false
  switch (q.list) {
    case 'mine': return c.assignee === me?.id
    case 'unassigned': return c.assignee === ''
    case 'my_queues': return me?.queues.includes(c.queue) ?? false
    case 'mentioned': return me !== undefined && c.mentioned.includes(me.id)
    case 'all': return true
  }
}

/** Order of a list; ties by age and then by id, as in the server's keyset. */
export function compare(q: ListQuery): (a: Conversation, b: Conversation) => number {
  const sort = q.sort ?? 'due'
  const tie = (a: Conversation, b: Conversation): number => a.id < b.id ? -1 : a.id > b.id ? 1 : 0
  if (sort === 'newest') return (a, b) => (at(b.last_at) ?? 0) - (at(a.last_at) ?? 0) || tie(b, a)
  if (sort === 'oldest') return (a, b) => (at(a.last_at) ?? 0) - (at(b.last_at) ?? 0) || tie(a, b)
  const due = (c: Conversation): number => at(c.due_at) ?? Number.MAX_SAFE_INTEGER
  return (a, b) => due(a) - due(b) || tie(a, b)
}
