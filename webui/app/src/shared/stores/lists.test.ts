import { expect, test } from 'vitest'
import type { Agent, Conversation } from '../api/types'
import { belongs, compare, keyOf } from './lists'

const me = { id: 'ann', queues: ['q1'] } as Agent
const row = (over: Partial<Conversation>): Conversation => ({
  id: 'c1', status: 'open', assignee: '', queue: 'q1', tags: [], mentioned: [], merged_into: '', due_at: null, last_at: null, contact: { id: 'k', name: '', company: '', tier: 'ordinary' }, ...over,
} as Conversation)

test('a row belongs where the server would have listed it', () => {
  expect(belongs({ list: 'mine' }, row({ assignee: 'ann' }), me)).toBe(true)
  expect(belongs({ list: 'mine' }, row({ assignee: 'bob' }), me)).toBe(false)
  expect(belongs({ list: 'mine' }, row({ assignee: 'ann', status: 'resolved' }), me)).toBe(false)
  expect(belongs({ list: 'mine', status: 'resolved' }, row({ assignee: 'ann', status: 'resolved' }), me)).toBe(true)
  expect(belongs({ list: 'unassigned' }, row({}), me)).toBe(true)
  expect(belongs({ list: 'my_queues' }, row({ queue: 'q2' }), me)).toBe(false)
  expect(belongs({ list: 'all', tier: 'key' }, row({}), me)).toBe(false)
  expect(belongs({ list: 'all' }, row({ merged_into: 'c2' }), me)).toBe(false)
})

test('a conversation that names me is mentioned', () => {
  expect(belongs({ list: 'mentioned' }, row({ mentioned: ['ann'] }), me)).toBe(true)
  expect(belongs({ list: 'mentioned' }, row({ mentioned: ['bob'] }), me)).toBe(false)
})

test('due first, what has no promise last, ties by id', () => {
  const a = row({ id: 'a', due_at: '2026-01-01T00:00:02Z' }), b = row({ id: 'b', due_at: '2026-01-01T00:00:01Z' }), c = row({ id: 'c' }), d = row({ id: 'd' })
  expect([d, c, a, b].sort(compare({ list: 'all' })).map(x => x.id)).toEqual(['b', 'a', 'c', 'd'])
})

test('a list is known by what it asks, whatever the order of words', () => {
  expect(keyOf({ list: 'all', tag: 'x', sort: 'due' })).toBe(keyOf({ sort: 'due', tag: 'x', list: 'all' }))
})
