import { expect, test } from 'vitest'
import { deedsOf, type Deeds } from './deeds'

type Row = Parameters<typeof deedsOf>[0]
const offered = (over: Partial<Row>, supervises = false): string => {
  const row: Row = { merged_into: '', status: 'open', waiting: false, assignee: 'ann', ...over }
  const deeds = deedsOf(row, { me: 'ann', may: role => role === 'agent' || supervises })
  return (Object.keys(deeds) as (keyof Deeds)[]).filter(d => deeds[d]).join(' ')
}

test('what waits can be taken, what I hold can be handed on', () => {
  expect(offered({ assignee: '', waiting: true })).toBe('status wait take hand merge')
  expect(offered({})).toBe('status wait hand merge')
  expect(offered({ status: 'pending' })).toBe('status wait hand merge')
  expect(offered({ status: 'pending', assignee: '' })).toBe('status wait hand merge')
})

test('what somebody else holds is theirs, or a supervisor’s', () => {
  expect(offered({ assignee: 'bo' })).toBe('status wait merge')
  expect(offered({ assignee: 'bo' }, true)).toBe('status wait hand merge')
})

test('what is resolved can be opened again; what is merged lives elsewhere', () => {
  expect(offered({ status: 'resolved' })).toBe('status merge')
  expect(offered({ status: 'resolved', merged_into: 'c2' }, true)).toBe('')
})
