import { expect, test } from 'vitest'
import { deedsOf, pressing, type Deeds } from './deeds'

type Row = Parameters<typeof deedsOf>[0]
const offered = (over: Partial<Row>, supervises = false): string => {
  const row: Row = { merged_into: '', status: 'open', offered_to: '', assignee: 'ann', ...over }
  const deeds = deedsOf(row, { me: 'ann', may: role => role === 'agent' || supervises })
  return (Object.keys(deeds) as (keyof Deeds)[]).filter(d => deeds[d]).join(' ')
}

test('what nobody has can be taken unless it rings elsewhere, what I hold can be handed on', () => {
  expect(offered({ assignee: '' })).toBe('status wait take hand merge')
  expect(offered({ assignee: '', offered_to: 'ann' })).toBe('status wait take hand merge')
  expect(offered({ assignee: '', offered_to: 'bo' })).toBe('status wait hand merge')
  expect(offered({})).toBe('status wait hand merge')
  expect(offered({ status: 'pending' })).toBe('status wait hand merge')
  expect(offered({ status: 'pending', assignee: '' })).toBe('status wait take hand merge')
})

test('what somebody else holds is theirs, or a supervisor’s', () => {
  expect(offered({ assignee: 'bo' })).toBe('status wait merge')
  expect(offered({ assignee: 'bo' }, true)).toBe('status wait hand merge')
})

test('what is resolved can be opened again; what is merged lives elsewhere', () => {
  expect(offered({ status: 'resolved' })).toBe('status merge')
  expect(offered({ status: 'resolved', assignee: '' })).toBe('status merge')
  expect(offered({ status: 'resolved', merged_into: 'c2' }, true)).toBe('')
})

test('“I have it” is for what is late or at risk and not in my hands', () => {
  const at = (minutes: number): string => new Date(Date.UTC(2026, 0, 1, 9, minutes)).toISOString()
  const clock = (over: object): never => ({ state: 'running', target: 'first_response', started_at: at(0), due_at: at(60), warn_at: at(48), acknowledged_by: '', ...over }) as never
  const asked = (minutes: number, ...clocks: never[]): string => pressing({ clocks }, 'ann', Date.parse(at(minutes))).join(' ')
  expect(asked(10, clock({}))).toBe('')
  expect(asked(50, clock({}))).toBe('first_response')
  expect(asked(70, clock({}), clock({ target: 'resolution', due_at: at(300), warn_at: at(240) }))).toBe('first_response')
  expect(asked(50, clock({ acknowledged_by: 'ann', acknowledged_at: at(49), breached_at: null }))).toBe('')
  expect(asked(70, clock({ acknowledged_by: 'ann', acknowledged_at: at(49), breached_at: at(60) }))).toBe('first_response')
  expect(asked(70, clock({ acknowledged_by: 'ann', acknowledged_at: at(61), breached_at: at(60) }))).toBe('')
  expect(asked(70, clock({ acknowledged_by: 'bo' }))).toBe('first_response')
  expect(asked(70, clock({ state: 'met' }))).toBe('')
})
