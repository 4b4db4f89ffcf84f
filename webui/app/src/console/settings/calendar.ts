// Working time as the server reads it (docs/sla.md): what a date is, and what changing it means for the document.

import { addDays, addMonths, span, utc } from '@/shared/lib/day'

export type Interval = [string, string]
export interface Calendar {
  time_zone: string
  always_open: boolean
  hours: Record<string, Interval[]>
  shifts: Record<string, Interval[]>
  breaks: Record<string, Interval[]>
  holidays: string[]
  workdays: string[]
  lists: string[]
}
export interface HolidayList { id: string, name: string, years: { year: number, source: string, holidays: string[], workdays: string[] }[] }

export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
export type Sort = 'regular' | 'holiday' | 'worked' | 'shift'
export interface Day { date: string, sort: Sort, open: boolean, hours: Interval[], breaks: Interval[], own: boolean }

const whole: Interval[] = [['00:00', '24:00']]
export const weekdayOf = (date: string): typeof weekdays[number] => weekdays[(new Date(utc(date)).getUTCDay() + 6) % 7]!

/** `2026-05-01/2026-05-05` spelled out; a single date stays one. */
export function expand(entries: string[]): string[] {
  return entries.flatMap((e) => {
    const [from, to = from] = e.split('/') as [string, string?]
    return span(from, to, 400)
  })
}

/** The followed lists' dates. */
export function listed(lists: HolidayList[], follow: string[]): { holidays: Set<string>, workdays: Set<string>, until: number } {
  const years = lists.filter(l => follow.includes(l.id)).flatMap(l => l.years)
  return { holidays: new Set(years.flatMap(y => expand(y.holidays))), workdays: new Set(years.flatMap(y => expand(y.workdays))), until: Math.max(0, ...years.map(y => y.year)) }
}
type Listed = Pick<ReturnType<typeof listed>, 'holidays' | 'workdays'>

/** What a date is: the calendar's own word overrules the list's, and a worked day overrules a holiday. */
export function dayOf(c: Calendar, l: Listed, date: string): Day {
  const weekday = weekdayOf(date)
  const own = { holiday: c.holidays.includes(date), workday: c.workdays.includes(date), shift: c.shifts[date] }
  const worked = own.workday || (!own.holiday && l.workdays.has(date))
  const holiday = !worked && (own.holiday || l.holidays.has(date))
  const breaks = c.breaks[date] ?? []
  const mine = own.holiday || own.workday || own.shift !== undefined || breaks.length > 0
  if (holiday) return { date, sort: 'holiday', open: false, hours: [], breaks, own: mine }
  if (own.shift) return { date, sort: worked ? 'worked' : 'shift', open: own.shift.length > 0, hours: own.shift, breaks, own: mine }
  const regular = c.always_open ? whole : c.hours[weekday] ?? []
  const hours = worked && !c.always_open && (weekday === 'sat' || weekday === 'sun') ? firstWorking(c) : regular
  return { date, sort: worked ? 'worked' : 'regular', open: hours.length > 0, hours, breaks, own: mine }
}

function firstWorking(c: Calendar): Interval[] {
  for (const d of weekdays) if (c.hours[d]?.length) return c.hours[d]!
  return []
}

/** Makes a date what is asked; the rest of the calendar stays. */
export function makeDay(c: Calendar, l: Listed, date: string, sort: Sort): void {
  const without = (list: string[]): string[] => list.filter(d => d !== date)
  const before = dayOf(c, l, date)
  c.holidays = without(c.holidays)
  c.workdays = without(c.workdays)
  if (sort !== 'shift') delete c.shifts[date]
  if (sort === 'holiday') c.holidays = [...c.holidays, date].sort()
  if (sort === 'worked' && !l.workdays.has(date)) c.workdays = [...c.workdays, date].sort()
  if (sort === 'shift') {
    c.shifts[date] ??= before.hours.length ? before.hours.map(i => [...i] as Interval) : [['09:00', '18:00']]
    if (l.holidays.has(date)) c.workdays = [...c.workdays, date].sort() // else the list's holiday would close it
  }
}

/** Whether an interval's text is a pair of wall times; a closing time before the opening one lies on the next day. */
export function wrongInterval([from, to]: Interval): boolean {
  const time = /^(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?$/
  return !time.test(from) || !(time.test(to) || to === '24:00') || from === to
}

/** Parts of a day as shares from 0 to 1; night shifts go on to the end and from the start. */
export function bars(hours: Interval[]): [number, number][] {
  const at = (t: string): number => { const [h = 0, m = 0] = t.split(':').map(Number); return (h + m / 60) / 24 }
  return hours.filter(i => !wrongInterval(i)).flatMap(([a, b]) => at(b) > at(a) ? [[at(a), at(b)] as [number, number]] : [[at(a), 1], [0, at(b)]] as [number, number][])
}

/** The days of a month in weeks from Monday; undefined before the first. */
export function monthDays(month: string): (string | undefined)[] {
  const first = `${month}-01`, last = addDays(`${addMonths(month, 1)}-01`, -1)
  return [...Array.from({ length: weekdays.indexOf(weekdayOf(first)) }, () => undefined), ...span(first, last)]
}

/** Dates that are not as the week says, by the calendar's own word. */
export function exceptions(c: Calendar): string[] {
  return [...new Set([...c.holidays, ...c.workdays, ...Object.keys(c.shifts), ...Object.keys(c.breaks)])].sort()
}
