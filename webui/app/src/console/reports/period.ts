// What is reported, as it stands in the address: the page can be sent to somebody.
import { addDays, dayIn, daysOf, isDate } from '@/shared/lib/day'

export const views = ['day', 'queue', 'agent', 'tier', 'medium', 'policy', 'inbox', 'target', 'contact'] as const
export type View = typeof views[number]

export interface Ask { from: string, to: string, by: View, zone: string }

/** Periods offered by name, the last day itself included. */
export function periods(now: string): Record<'week' | 'month' | 'thisMonth' | 'lastMonth', { from: string, to: string }> {
  const first = `${now.slice(0, 8)}01`, before = addDays(first, -1)
  return {
    week: { from: addDays(now, -6), to: now }, month: { from: addDays(now, -29), to: now },
    thisMonth: { from: first, to: now }, lastMonth: { from: `${before.slice(0, 8)}01`, to: before },
  }
}

/** What an address asks for; what is missing or nonsense is the last seven days, by day, in the reader's zone. */
export function asked(query: Record<string, unknown>, now: number, own: string): Ask {
  const zone = known(query['zone']) ? query['zone'] : own
  const usual = periods(dayIn(now, zone)).week
  return {
    zone, by: views.find(v => v === query['by']) ?? 'day',
    ...isDate(query['from']) && isDate(query['to']) ? { from: query['from'], to: query['to'] } : usual,
  }
}

function known(zone: unknown): zone is string {
  if (typeof zone !== 'string' || !zone) return false
  try { return !!new Intl.DateTimeFormat('en', { timeZone: zone }) } catch { return false }
}

/** Why a period cannot be reported; empty when it can. The server says how many days go at once, the first and last counted. */
export function wrong(a: Ask, most: number): '' | 'order' | 'long' {
  const days = daysOf(a.from, a.to)
  return days < 1 ? 'order' : days > most ? 'long' : ''
}
