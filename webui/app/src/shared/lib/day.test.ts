import { expect, test } from 'vitest'
import { addDays, addMonths, dayIn, daysOf, isDate, isMonth, localInput, span, startsAt } from './day'

test('a day is the one of its zone', () => {
  const late = Date.parse('2026-11-30T17:00:00Z')
  expect([dayIn(late, 'UTC'), dayIn(late, 'Asia/Shanghai'), dayIn(late)]).toEqual(['2026-11-30', '2026-12-01', '2026-12-01'])
})

test('days are counted over months, years and changes of clocks', () => {
  expect([addDays('2026-01-05', -6), addDays('2028-02-28', 1), addMonths('2026-01', -1)]).toEqual(['2025-12-30', '2028-02-29', '2025-12'])
  expect([daysOf('2026-03-28', '2026-03-30'), daysOf('2026-01-02', '2026-01-01')]).toEqual([3, 0])
  expect(span('2026-12-30', '2027-01-02')).toEqual(['2026-12-30', '2026-12-31', '2027-01-01', '2027-01-02'])
  expect(span('2026-01-01', '2027-01-01', 2)).toHaveLength(2)
})

test('what is no day is refused', () => {
  expect(['2026-02-31', '2026-2-1', 'x', undefined, '2026-02-28'].map(isDate)).toEqual([false, false, false, false, true])
  expect(['2026-13', '2026-11', '2026-11-01'].map(isMonth)).toEqual([false, true, false])
})

test('a moment in a field is the reader’s own', () => {
  expect(startsAt('2026-11-22')).toBe(Date.parse('2026-11-21T16:00:00Z'))
  expect(localInput(Date.parse('2026-11-21T17:30:45Z'))).toBe('2026-11-22T01:30')
})
