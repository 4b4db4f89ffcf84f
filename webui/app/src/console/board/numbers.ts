// Sums of the board, and which rows stand behind each number.
import type { Board, BoardAgent, BoardQueue, BoardRow, Conversation, PresenceState } from '@/shared/api/types'
import { at, length } from '@/shared/lib/time'
import type { ListQuery } from '@/shared/stores/lists'

/** Late and coming promises split by this very second, so that a row changes sides when its time is up. */
export function split(b: Pick<Board, 'late' | 'next'>, now: number): { late: BoardRow[], next: BoardRow[] } {
  const seen = new Set<string>()
  const rows = [...b.late, ...b.next]
    .filter((r) => { const k = keyOf(r); return seen.has(k) ? false : (seen.add(k), true) })
    .sort((x, y) => (at(x.clock.due_at) ?? 0) - (at(y.clock.due_at) ?? 0) || (keyOf(x) < keyOf(y) ? -1 : 1))
  const isLate = (r: BoardRow): boolean => (at(r.clock.due_at) ?? Infinity) <= now
  return { late: rows.filter(isLate), next: rows.filter(r => !isLate(r)) }
}

export const keyOf = (r: BoardRow): string => `${r.conversation.id} ${r.clock.target}`

export interface Totals {
  late: number
  /** Since when the oldest late one is late, Unix ms. */
  oldestLate?: number
  soon: number
  waiting: number
  longest?: number
  onOffer: number
  available: number
  agents: number
  free: number
  /** Per cent of today's promises that were kept; undefined when there was none. */
  service?: number
  met: number
  promised: number
}

export function totals(b: Board, now: number): Totals {
  const { late, next } = split(b, now)
  const sum = (f: (q: Board['queues'][number]) => number): number => b.queues.reduce((n, q) => n + f(q), 0)
  const longest = Math.min(...b.queues.map(q => at(q.longest_since) ?? Infinity))
  const oldest = at(late[0]?.clock.due_at)
  const met = sum(q => q.service.met), promised = met + sum(q => q.service.late)
  const available = b.agents.filter(a => a.presence.state === 'available')
  return {
    late: Math.max(late.length, b.late_total), soon: next.filter(r => (at(r.clock.due_at) ?? Infinity) - now <= 3_600_000).length,
    waiting: sum(q => q.waiting), onOffer: sum(q => q.on_offer), available: available.length, agents: b.agents.length,
    free: available.filter(a => a.load < a.capacity).length, met, promised,
    ...(oldest === undefined ? {} : { oldestLate: oldest }), ...(Number.isFinite(longest) ? { longest } : {}),
    ...(promised ? { service: 100 * met / promised } : {}),
  }
}

/** How long the longest waiting conversation of a queue has waited, as `6:12`. */
export function longest(q: BoardQueue, now: number): string {
  const ms = at(q.longest_since)
  return ms === undefined ? '–' : length(Math.max(0, now - ms))
}

const order: PresenceState[] = ['not_responding', 'available', 'wrap_up', 'away', 'offline']

const pinyin = new Intl.Collator('zh-CN')

/** Not responding first, then available by free room, wrap-up, away, offline; or by name. */
export function arrange(agents: BoardAgent[], by: 'state' | 'name'): BoardAgent[] {
  const name = (a: BoardAgent, b: BoardAgent): number => pinyin.compare(a.name, b.name)
  if (by === 'name') return [...agents].sort(name)
  const room = (a: BoardAgent): number => a.capacity - a.load
  return [...agents].sort((a, b) => order.indexOf(a.presence.state) - order.indexOf(b.presence.state)
    || (a.presence.state === 'available' ? room(b) - room(a) : 0) || name(a, b))
}

/** How many of ten pips are filled; anything held fills at least one. */
export function pips(load: number, capacity: number): number {
  if (load <= 0 || capacity <= 0) return 0
  return Math.min(10, Math.max(1, Math.round(load / capacity * 10)))
}

/** One number of the board and how to find its rows. */
export interface Ask { what: 'waiting' | 'on_offer' | 'held' | 'pending' | 'late' | 'agent', queue?: string, agent?: string }

export function queryOf(a: Ask): ListQuery {
  const q: ListQuery = { list: 'all', sort: 'due', status: 'open' }
  if (a.queue) q.queue = a.queue
  if (a.what === 'waiting' || a.what === 'on_offer') q.list = 'unassigned'
  if (a.what === 'pending' || a.what === 'late') q.status = 'active'
  if (a.what === 'late') q.late = '1'
  if (a.what === 'agent' && a.agent) q.assignee = a.agent
  return q
}

/** The same rows in the inbox. */
export function inboxOf(a: Ask): { path: string, query: Record<string, string | undefined> } {
  const { list, ...query } = queryOf(a)
  return { path: `/inbox/${list}`, query }
}

/** What the list's own filters cannot say. */
export function within(a: Ask, c: Conversation): boolean {
  switch (a.what) {
    case 'waiting': return c.waiting && !c.offered_to
    case 'on_offer': return c.waiting && c.offered_to !== ''
    case 'held': return c.assignee !== ''
    case 'pending': return c.status === 'pending' || c.status === 'snoozed'
    default: return true
  }
}

export interface Level { pct: number | undefined, goal: number, verdict: '' | 'slipping' | 'below' }

/** Today's kept promises against their goal: slipping is below by less than five points (UI.md 5.8). */
export function levelOf(q: Pick<BoardQueue, 'service' | 'goal_pct'>): Level {
  const n = q.service.met + q.service.late, goal = q.goal_pct
  if (!n) return { pct: undefined, goal, verdict: '' }
  const pct = 100 * q.service.met / n
  return { pct, goal, verdict: pct >= goal ? '' : goal - pct < 5 ? 'slipping' : 'below' }
}

/** Queues by trouble: broken promises, then below goal, then by waiting. For screens that cannot show them all. */
export function byTrouble(queues: BoardQueue[]): BoardQueue[] {
  const rank = { below: 0, slipping: 1, '': 2 }
  return [...queues].sort((a, b) => b.late - a.late || rank[levelOf(a).verdict] - rank[levelOf(b).verdict] || b.waiting - a.waiting || a.name.localeCompare(b.name, 'zh-CN'))
}
