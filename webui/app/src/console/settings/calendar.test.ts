import { expect, test } from 'vitest'
import { addMonths } from '@/shared/lib/day'
import { bars, dayOf, exceptions, expand, listed, makeDay, monthDays, wrongInterval, type Calendar, type HolidayList } from './calendar'

const cal = (over: Partial<Calendar> = {}): Calendar => ({ time_zone: 'Asia/Shanghai', always_open: false, hours: { mon: [['09:00', '12:30'], ['13:30', '20:00']], fri: [['22:00', '06:00']] }, shifts: {}, breaks: {}, holidays: [], workdays: [], lists: ['cn'], ...over })
const cn: HolidayList = { id: 'cn', name: '', years: [{ year: 2026, source: '', holidays: ['2026-10-01/2026-10-07'], workdays: ['2026-10-10'] }] }
const l = listed([cn], ['cn'])

test('a list is spelled out', () => {
  expect(expand(['2026-10-01/2026-10-03', '2026-12-31'])).toEqual(['2026-10-01', '2026-10-02', '2026-10-03', '2026-12-31'])
  expect(listed([cn], []).holidays.size).toBe(0)
})

test('holidays close, worked Saturdays have the hours of the first working day', () => {
  expect(dayOf(cal(), l, '2026-10-05')).toMatchObject({ sort: 'holiday', open: false, own: false })
  expect(dayOf(cal(), l, '2026-10-10')).toMatchObject({ sort: 'worked', open: true, hours: [['09:00', '12:30'], ['13:30', '20:00']] })
  expect(dayOf(cal(), l, '2026-10-12')).toMatchObject({ sort: 'regular', open: true })
  expect(dayOf(cal(), l, '2026-10-11')).toMatchObject({ sort: 'regular', open: false })
})

test('the own word overrules the list', () => {
  expect(dayOf(cal({ workdays: ['2026-10-05'] }), l, '2026-10-05').sort).toBe('worked')
  expect(dayOf(cal({ holidays: ['2026-10-10'] }), l, '2026-10-10').sort).toBe('holiday')
  expect(dayOf(cal({ shifts: { '2026-10-12': [['10:00', '11:00']] } }), l, '2026-10-12')).toMatchObject({ sort: 'shift', hours: [['10:00', '11:00']], own: true })
})

test('making a day and taking it back leaves nothing behind', () => {
  const c = cal()
  makeDay(c, l, '2026-10-12', 'holiday')
  expect(dayOf(c, l, '2026-10-12').sort).toBe('holiday')
  makeDay(c, l, '2026-10-12', 'shift')
  expect(c.shifts['2026-10-12']).toEqual([['09:00', '18:00']])
  makeDay(c, l, '2026-10-12', 'regular')
  expect(c).toEqual(cal())
  makeDay(c, l, '2026-10-06', 'shift')
  expect(dayOf(c, l, '2026-10-06').open).toBe(true)
  expect(exceptions(c)).toEqual(['2026-10-06'])
})

test('night shifts reach into the next morning', () => {
  expect(bars([['22:00', '06:00']])).toEqual([[22 / 24, 1], [0, 0.25]])
  expect([wrongInterval(['09:00', '24:00']), wrongInterval(['09:00', '09:00']), wrongInterval(['9', '10:00'])]).toEqual([false, true, true])
})

test('months begin on Monday', () => {
  expect(monthDays('2026-10').slice(0, 4)).toEqual([undefined, undefined, undefined, '2026-10-01'])
  expect(addMonths('2026-12', 1)).toBe('2027-01')
})
