import { expect, test } from 'vitest'
import type { Outlook } from '@/shared/api/types'
import { bars, byQueue, quarters, type Remedy } from './outlook'

const o: Outlook = {
  at: '2026-11-22T13:00:00.000Z', enough: true, quarters: ['2026-11-22T13:00:00.000Z', '2026-11-22T13:15:00.000Z'], remedies: [],
  queues: [{ queue: 'a', name: 'A', arrivals: [3, 1], late: [0, 0.2] }, { queue: 'b', name: 'B', arrivals: [1, 1], late: [1, 2] }],
}

test('all queues together by quarters', () => {
  expect(quarters(o).map(q => [q.arrivals, q.late])).toEqual([[4, 1], [2, 2.2]])
})

test('what helps stands with its queue, the best first', () => {
  const r = (kind: string, queue: string): Remedy => ({ kind, queue }) as Remedy
  expect(byQueue([r('agent', 'b'), r('limit', 'a'), r('overflow', 'b')]).map(g => g.map(x => `${x.queue} ${x.kind}`))).toEqual([['b agent', 'b overflow'], ['a limit']])
})

test('bars stand on the ground, what breaks on top, the highest fills the picture', () => {
  const [one] = bars(quarters(o), 100, 50)
  expect(one).toMatchObject({ height: 40, top: 10, late: 10, lateTop: 0 })
})
