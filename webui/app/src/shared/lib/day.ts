// Days as addresses and the server write them: `2026-11-22`. They are counted in UTC, so that no change of clocks moves
// them; which day it is depends on a zone.

const D = 86_400_000

/** The reader's own time zone. */
export const ownZone = Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC'
/** Every zone this browser knows, the reader's own and the usual ones first. */
export const zones = [...new Set([ownZone, 'Asia/Shanghai', 'UTC', ...typeof Intl.supportedValuesOf === 'function' ? Intl.supportedValuesOf('timeZone') : []])]

/** Midnight of a day in UTC, Unix ms. */
export const utc = (date: string): number => Date.parse(`${date}T00:00:00Z`)
/** The day a moment is in, in UTC. */
export const isoDate = (ms: number): string => new Date(ms).toISOString().slice(0, 10)
export const isDate = (s: unknown): s is string => typeof s === 'string' && /^\d{4}-\d\d-\d\d$/.test(s) && !Number.isNaN(utc(s)) && isoDate(utc(s)) === s
/** A month as `2026-11`. */
export const isMonth = (s: unknown): s is string => typeof s === 'string' && isDate(`${s}-01`)

/** The day `n` days later, or before. */
export const addDays = (date: string, n: number): string => isoDate(utc(date) + n * D)
/** The month `n` months later, or before. */
export function addMonths(month: string, n: number): string {
  const [y = 1970, m = 1] = month.split('-').map(Number)
  return isoDate(Date.UTC(y, m - 1 + n, 1)).slice(0, 7)
}
/** How many days there are from one to another, both counted. */
export const daysOf = (from: string, to: string): number => (utc(to) - utc(from)) / D + 1
/** Both and all between, at most `most`. */
export function span(from: string, to: string, most = Infinity): string[] {
  const out: string[] = []
  for (let t = utc(from); t <= utc(to) && out.length < most; t += D) out.push(isoDate(t))
  return out
}

/** The day it is at a moment, in a zone. */
export function dayIn(ms: number, zone = ownZone): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(ms)
}

/** When a day begins where the reader is, Unix ms. */
export const startsAt = (date: string): number => new Date(`${date}T00:00:00`).getTime()

/** A moment as `<input type="datetime-local">` wants it. */
export function localInput(ms: number): string {
  return new Date(ms - new Date(ms).getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}

/** A day as people say it, with these parts. */
export const dayName = (date: string, locale: string, parts: Intl.DateTimeFormatOptions): string => new Intl.DateTimeFormat(locale, { timeZone: 'UTC', ...parts }).format(utc(date))
