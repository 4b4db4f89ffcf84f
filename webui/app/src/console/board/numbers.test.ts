import { expect, test } from 'vitest'
import type { Board, BoardAgent, BoardQueue, BoardRow, Conversation } from '@/shared/api/types'
import { arrange, byTrouble, levelOf, pips, queryOf, split, totals, within } from './numbers'

const row = (id: string, due: number): BoardRow => ({ conversation: { id } as Conversation, clock: { target: 'answer', due_at: new Date(due).toISOString() } as BoardRow['clock'], slack_s: 0 })
const agent = (name: string, state: string, load = 0): BoardAgent => ({ agent: name, name, presence: { agent: name, state: state as never, reason: '', since: null, until: null }, load, capacity: 100, held: [], offers: 0 })

test('a promise changes sides the second its time is up, once', () => {
  const b = { late: [row('a', 1000)], next: [row('b', 5000), row('a', 1000)] }
  expect(split(b, 4000).late.map(r => r.conversation.id)).toEqual(['a'])
  expect(split(b, 5000).late.map(r => r.conversation.id)).toEqual(['a', 'b'])
  expect(split(b, 5000).next).toEqual([])
})

test('sums over queues, with the longest wait and the share of kept promises', () => {
  const queue = (waiting: number, since: string | null, met: number, late: number): Board['queues'][number] => ({ id: 'q', name: '', waiting, longest_since: since, oldest: '', on_offer: 1, held: 0, pending: 0, late: 0, available: 0, goal_pct: 90, service: { met, late }, last_week: { met: 0, late: 0 }, usual: { met: 0, late: 0 } })
  const b = { at: '', queues: [queue(2, '1970-01-01T00:00:09Z', 9, 1), queue(3, '1970-01-01T00:00:05Z', 0, 0)], agents: [agent('x', 'available', 100), agent('y', 'available'), agent('z', 'away')], late: [row('a', 1000)], next: [row('b', 20_000), row('c', 9_000_000)], late_total: 1, waivers: 0, channels: [], alerts: [], quarantine: 0 }
  expect(totals(b, 10_000)).toEqual({ late: 1, oldestLate: 1000, soon: 1, waiting: 5, longest: 5000, onOffer: 2, available: 2, agents: 3, free: 1, met: 9, promised: 10, service: 90 })
})

test('nothing promised today is no percentage', () => {
  expect(totals({ at: '', queues: [], agents: [], late: [], next: [], late_total: 0, waivers: 0, channels: [], alerts: [], quarantine: 0 }, 0)).not.toHaveProperty('service')
})

test('agents by what needs an eye first', () => {
  const list = [agent('off', 'offline'), agent('full', 'available', 100), agent('free', 'available'), agent('gone', 'not_responding'), agent('wrap', 'wrap_up')]
  expect(arrange(list, 'state').map(a => a.name)).toEqual(['gone', 'free', 'full', 'wrap', 'off'])
  expect(arrange(list, 'name').map(a => a.name)).toEqual(['free', 'full', 'gone', 'off', 'wrap'])
})

test('ten pips', () => {
  expect([pips(0, 100), pips(1, 100), pips(55, 100), pips(130, 100), pips(10, 0)]).toEqual([0, 1, 6, 10, 0])
})

test('every number has its rows', () => {
  expect(queryOf({ what: 'waiting', queue: 'q' })).toEqual({ list: 'unassigned', sort: 'due', status: 'open', queue: 'q' })
  const c = (over: Partial<Conversation>): Conversation => ({ waiting: true, offered_to: '', assignee: '', status: 'open', ...over }) as Conversation
  expect(within({ what: 'waiting' }, c({ offered_to: 'x' }))).toBe(false)
  expect(within({ what: 'on_offer' }, c({ offered_to: 'x' }))).toBe(true)
  expect(within({ what: 'pending' }, c({ status: 'snoozed' }))).toBe(true)
})

test('the service level is judged against its goal: a little below is slipping, five points are too many', () => {
  const level = (met: number, late: number, goal_pct = 90) => levelOf({ service: { met, late }, goal_pct })
  expect(level(0, 0)).toMatchObject({ pct: undefined, verdict: '' })
  expect(level(9, 1)).toMatchObject({ pct: 90, goal: 90, verdict: '' })
  expect(level(88, 12).verdict).toBe('slipping')
  expect(level(85, 15).verdict).toBe('below')
  expect(level(88, 12, 80).verdict).toBe('')
})

test('the queues in trouble come first', () => {
  const q = (id: string, over: object) => ({ id, name: id, late: 0, waiting: 0, goal_pct: 90, service: { met: 10, late: 0 }, ...over } as unknown as BoardQueue)
  expect(byTrouble([q('calm', {}), q('busy', { waiting: 9 }), q('below', { service: { met: 1, late: 1 } }), q('late', { late: 1 })]).map(x => x.id)).toEqual(['late', 'below', 'busy', 'calm'])
})
