// How long and when, as pieces a sentence can be made of. No words here: the caller translates.

const S = 1000, M = 60 * S, H = 60 * M, D = 24 * H

/** A piece of text to translate: a key below `time.` and its parameters. */
export interface Said { key: string, params: Record<string, string | number> }

const two = (n: number): string => String(n).padStart(2, '0')

/** Time left as UI.md 5.2 wants it: `2d 3h`, `2h 04m`, `38m`, `4:20`. */
export function left(ms: number): Said {
  const t = Math.max(0, ms)
  if (t >= D) return days(t)
  if (t >= H) return hours(t)
  if (t >= 10 * M) return { key: 'm', params: { m: Math.floor(t / M) } }
  const s = Math.floor(t / S)
  return { key: 'ms', params: { m: Math.floor(s / 60), s: two(s % 60) } }
}

/** Time passed, never in minutes and seconds: `1d 2h`, `2h 04m`, `12m`, `42s`. */
export function passed(ms: number): Said {
  const t = Math.max(0, ms)
  if (t >= D) return days(t)
  if (t >= H) return hours(t)
  if (t >= M) return { key: 'm', params: { m: Math.floor(t / M) } }
  return { key: 's', params: { s: Math.floor(t / S) } }
}

function days(t: number): Said {
  const d = Math.floor(t / D), h = Math.floor((t % D) / H)
  return h ? { key: 'dh', params: { d, h } } : { key: 'd', params: { d } }
}

function hours(t: number): Said {
  const h = Math.floor(t / H), m = Math.floor((t % H) / M)
  return m ? { key: 'hm', params: { h, m: two(m) } } : { key: 'h', params: { h } }
}

/** Length of a call or a recording: `6:12`, `1:02:03`. */
export function length(ms: number): string {
  const s = Math.max(0, Math.round(ms / S)), h = Math.floor(s / 3600), m = Math.floor((s % 3600) / 60)
  return h ? `${h}:${two(m)}:${two(s % 60)}` : `${m}:${two(s % 60)}`
}

/** Unix ms of an RFC 3339 text, or undefined for none. */
export function at(text: string | null | undefined): number | undefined {
  if (!text) return undefined
  const ms = Date.parse(text)
  return Number.isNaN(ms) ? undefined : ms
}

const sameDay = (a: Date, b: Date): boolean => a.toDateString() === b.toDateString()
const cache = new Map<string, Intl.DateTimeFormat>()

function fmt(locale: string, name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const id = locale + name
  let f = cache.get(id)
  if (!f) cache.set(id, f = new Intl.DateTimeFormat(locale, options))
  return f
}

/** 14:32, in the reader's zone. */
export function clockTime(ms: number, locale: string): string {
  return fmt(locale, 'hm', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(ms)
}

/** 14:32:08. */
export function clockSeconds(ms: number, locale: string): string {
  return fmt(locale, 'hms', { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' }).format(ms)
}

/** The shortest way to say when: today 14:32, this week Mon, this year 9 Sep, else with the year. */
export function when(ms: number, now: number, locale: string): string {
  const d = new Date(ms), n = new Date(now)
  if (sameDay(d, n)) return clockTime(ms, locale)
  if (n.getTime() - ms < 6 * D && ms < now) return fmt(locale, 'wd', { weekday: 'short' }).format(d)
  if (d.getFullYear() === n.getFullYear()) return fmt(locale, 'md', { month: 'short', day: 'numeric' }).format(d)
  return fmt(locale, 'ymd', { year: 'numeric', month: 'short', day: 'numeric' }).format(d)
}

/** Day and time where both matter: today only the time. */
export function moment(ms: number, now: number, locale: string): string {
  return sameDay(new Date(ms), new Date(now)) ? clockTime(ms, locale) : `${when(ms, now, locale)} ${clockTime(ms, locale)}`
}

/** Day and time in a zone, where the year is known: 23 Nov, 01:27. */
export function dayTime(ms: number, locale: string, zone: string): string {
  return fmt(locale, `mdhm ${zone}`, { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: zone }).format(ms)
}

/** Everything, for tooltips: Tuesday 22 September 2026, 14:32:08. */
export function full(ms: number, locale: string): string {
  return fmt(locale, 'full', { dateStyle: 'full', timeStyle: 'medium' }).format(ms)
}

/** A day as a heading of a thread. */
export function day(ms: number, locale: string): string {
  return fmt(locale, 'day', { month: 'long', day: 'numeric', weekday: 'short' }).format(ms)
}
