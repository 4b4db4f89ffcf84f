import { expect, test } from 'vitest'
import type { DayItem } from '@/shared/api/types'
import { shown, spans } from './day'

const item = (kind: string, minute: number, data: Record<string, unknown> = {}, more: Partial<DayItem> = {}): DayItem => ({
  event: { seq: minute, kind, on: 'agent', id: 'ann', actor: { kind: 'system', id: '', name: '' }, at: new Date(Date.UTC(2026, 10, 22, 9, minute)).toISOString(), data } as DayItem['event'],
  conversation: '', number: 0, customer: '', medium: '', late: false, ...more,
})
const start = Date.UTC(2026, 10, 22, 9), at = (minute: number): number => start + minute * 60_000

test('states from the first change on, and before it what it came from', () => {
  const items = [item('presence_changed', 30, { from: { state: 'available' }, to: { state: 'away' } }), item('presence_changed', 10, { from: { state: 'offline' }, to: { state: 'available' } })]
  expect(spans(items, start, at(60))).toEqual([
    { state: 'offline', from: start, to: at(10) }, { state: 'available', from: at(10), to: at(30) }, { state: 'away', from: at(30), to: at(60) },
  ])
  expect(spans([], start, at(60))).toEqual([])
})

test('what the day is told by: an answer once, and nothing twice', () => {
  const items = [item('clock_met', 1, {}, { wait_s: 30, late: true }), item('clock_met', 2), item('offered', 3), item('offer_expired', 4), item('looked', 5)]
  expect(shown(items).length).toBe(4)
  const twice = [item('clock_met', 7, {}, { wait_s: 5, conversation: 'c', late: true }), { ...item('clock_met', 7, {}, { wait_s: 60, conversation: 'c' }), event: { ...item('clock_met', 7).event, seq: 8 } }]
  expect(shown(twice).map(i => [i.wait_s, i.late])).toEqual([[60, true]])
})
