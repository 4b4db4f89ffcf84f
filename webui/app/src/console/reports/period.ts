// What is reported, as it stands in the address: the page can be sent to somebody.

export const views = ['day', 'queue', 'agent', 'tier', 'medium', 'policy', 'inbox', 'target', 'contact'] as const
export type View = typeof views[number]

export interface Ask { from: string, to: string, by: View, zone: string }

const day = 86_400_000
const ymd = (ms: number): string => new Date(ms).toISOString().slice(0, 10)
const utc = (date: string): number => Date.parse(`${date}T00:00:00Z`)
const isDate = (s: unknown): s is string => typeof s === 'string' && /^\d{4}-\d\d-\d\d$/.test(s) && !Number.isNaN(utc(s)) && ymd(utc(s)) === s

/** The day it is in a zone. */
export function today(now: number, zone: string): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(now)
}

/** Periods offered by name, the last day itself included. */
export function periods(now: string): Record<'week' | 'month' | 'thisMonth' | 'lastMonth', { from: string, to: string }> {
  const t = utc(now), first = utc(`${now.slice(0, 8)}01`), before = first - day
  return {
    week: { from: ymd(t - 6 * day), to: now }, month: { from: ymd(t - 29 * day), to: now },
    thisMonth: { from: ymd(first), to: now }, lastMonth: { from: `${ymd(before).slice(0, 8)}01`, to: ymd(before) },
  }
}

/** What an address asks for; what is missing or nonsense is the last seven days, by day, in the reader's zone. */
export function asked(query: Record<string, unknown>, now: number, own: string): Ask {
  const zone = known(query['zone']) ? query['zone'] : own
  const usual = periods(today(now, zone)).week
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
  const days = (utc(a.to) - utc(a.from)) / day + 1
  return days < 1 ? 'order' : days > most ? 'long' : ''
}
