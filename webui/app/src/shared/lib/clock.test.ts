import { expect, test } from 'vitest'
import { chipOf, type ChipInput } from './clock'

const M = 60_000, H = 60 * M, D = 24 * H, now = 1_000 * D

const cases: [name: string, input: ChipInput, state: string, key?: string, params?: object][] = [
  ['over a day', { dueAt: now + 2 * D + 3 * H + 5 }, 'ok', 'dh', { d: 2, h: 3 }],
  ['hours and minutes', { dueAt: now + 2 * H + 4 * M }, 'ok', 'hm', { h: 2, m: '04' }],
  ['full hours', { dueAt: now + 21 * H }, 'ok', 'h', { h: 21 }],
  ['minutes', { dueAt: now + 38 * M }, 'ok', 'm', { m: 38 }],
  ['under ten minutes it ticks', { dueAt: now + 4 * M + 20_000 }, 'ok', 'ms', { m: 4, s: '20' }],
  ['at risk from the last warning', { dueAt: now + 20 * M, riskAt: now - 1 }, 'risk', 'm', { m: 20 }],
  ['at risk from four fifths without one', { dueAt: now + M, startedAt: now - 4 * M }, 'risk', 'ms', { m: 1, s: '00' }],
  ['late', { dueAt: now - 12 * M }, 'late', 'm', { m: 12 }],
  ['late at the very moment', { dueAt: now }, 'late', 's', { s: 0 }],
  ['late over a day', { dueAt: now - D - 2 * H }, 'late', 'dh', { d: 1, h: 2 }],
  ['met', { dueAt: now - H, metAt: now - 2 * H }, 'met'],
  ['cancelled', { dueAt: now + H, cancelledAt: now }, 'cancelled'],
  ['waived', { dueAt: now - H, waived: true }, 'waived'],
  ['paused', { dueAt: now + H, pausedAt: now }, 'paused'],
  ['snoozed', { waiting: 'snoozed', snoozedUntil: now + D }, 'snoozed'],
  ['pending', { waiting: 'pending' }, 'paused'],
  ['no policy', {}, 'none'],
]

test.each(cases)('%s', (_, input, state, key, params) => {
  const chip = chipOf(input, now)
  expect(chip.state).toBe(state)
  expect(chip.said?.key).toBe(key)
  if (params) expect(chip.said?.params).toEqual(params)
})

test('the ring is the share of time used', () => {
  expect(chipOf({ startedAt: now - H, dueAt: now + 3 * H }, now).used).toBeCloseTo(0.25)
})
