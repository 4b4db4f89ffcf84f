import { expect, test } from 'vitest'
import type { Clock } from '../api/types'
import { waiverDeeds } from './waivers'

type K = Pick<Clock, 'state' | 'breached_at' | 'waiver'>
const late = '2026-11-22T09:00:00.000Z'
const k = (state: Clock['state'], breached: string | null = null, waiver?: 'asked' | 'waived' | 'refused'): K => ({
  state, breached_at: breached, ...(waiver ? { waiver: { state: waiver, reason: 'a power cut', by: 'bo', at: late, decided_by: '', decided_at: null, note: '' } } : {}),
})

test('a promise that runs, stands or was broken may be let go; one that was kept or fell away may not', () => {
  expect(waiverDeeds(k('running'), 'me')).toEqual(['waive'])
  expect(waiverDeeds(k('paused'), 'me')).toEqual(['waive'])
  expect(waiverDeeds(k('met', late), 'me')).toEqual(['waive'])
  expect(waiverDeeds(k('met'), 'me')).toEqual([])
  expect(waiverDeeds(k('cancelled', late), 'me')).toEqual([])
})

test('who asked does not decide, and a refusal may be followed by another wish', () => {
  expect(waiverDeeds(k('running', null, 'asked'), 'bo')).toEqual(['back'])
  expect(waiverDeeds(k('running', null, 'asked'), 'me')).toEqual(['decide', 'back'])
  expect(waiverDeeds(k('met', late, 'waived'), 'me')).toEqual(['back'])
  expect(waiverDeeds(k('running', null, 'refused'), 'bo')).toEqual(['waive'])
})
