import { expect, test } from 'vitest'
import type { TraceStep } from '@/shared/api/types'
import { offersOf } from './offers'

const step = (kind: string, offer: string, over: Partial<TraceStep> = {}): TraceStep => ({ seq: 1, kind, agent: 'ann', at: '2026-01-01T00:00:00Z', offer, reason: '', auto: false, forced: false, why: [], ...over })

test('each offer carries how it ended', () => {
  const out = offersOf([step('queued', ''), step('offered', 'o1'), step('offer_declined', 'o1', { reason: 'busy' }), step('offered', 'o2'), step('offer_accepted', 'o2'), step('offered', 'o3')])
  expect(out.map(o => [o.id, o.ended, o.reason])).toEqual([['o1', 'declined', 'busy'], ['o2', 'accepted', ''], ['o3', '', '']])
})
