// Sums of what the next hour brings, and the measures of its picture.
import type { Outlook } from '@/shared/api/types'

export type Remedy = Outlook['remedies'][number]
export interface Quarter { at: number, arrivals: number, late: number }

export const sum = (list: number[]): number => list.reduce((a, b) => a + b, 0)

/** All queues together, by quarters of an hour. */
export function quarters(o: Outlook): Quarter[] {
  return o.quarters.map((text, i) => ({
    at: Date.parse(text ?? ''), arrivals: sum(o.queues.map(q => q.arrivals[i] ?? 0)), late: sum(o.queues.map(q => q.late[i] ?? 0)),
  }))
}

/** What would help, by queue, in the server's order. */
export function byQueue(list: Remedy[]): Remedy[][] {
  const by = new Map<string, Remedy[]>()
  for (const r of list) by.set(r.queue, [...by.get(r.queue) ?? [], r])
  return [...by.values()]
}

/** Late ones as people say them: whole numbers, and less than one as nothing. */
export const whole = (n: number): number => Math.round(n)

export interface Bar { x: number, width: number, height: number, top: number, late: number, lateTop: number }

/** Bars of a picture `wide` and `high`: arrivals from the ground, what breaks on top of them. */
export function bars(list: Quarter[], wide: number, high: number): Bar[] {
  const most = Math.max(1, ...list.map(q => q.arrivals + q.late)), step = wide / Math.max(1, list.length)
  return list.map((q, i) => {
    const height = q.arrivals / most * high, late = q.late / most * high
    return { x: i * step + step * .2, width: step * .6, height, top: high - height, late, lateTop: high - height - late }
  })
}
