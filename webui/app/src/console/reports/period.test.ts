import { expect, test } from 'vitest'
import { asked, periods, wrong } from './period'

test('periods by name, across a year', () => {
  expect(periods('2026-01-05')).toEqual({
    week: { from: '2025-12-30', to: '2026-01-05' }, month: { from: '2025-12-07', to: '2026-01-05' },
    thisMonth: { from: '2026-01-01', to: '2026-01-05' }, lastMonth: { from: '2025-12-01', to: '2025-12-31' },
  })
})

test('an address asks; nonsense in it is the usual week', () => {
  const now = Date.parse('2026-11-22T12:00:00Z')
  expect(asked({ from: '2026-10-01', to: '2026-10-31', by: 'queue', zone: 'Asia/Shanghai' }, now, 'UTC')).toEqual({ from: '2026-10-01', to: '2026-10-31', by: 'queue', zone: 'Asia/Shanghai' })
  expect(asked({ from: '2026-02-31', to: 'x', by: 'moon', zone: 'Mars/Base' }, now, 'UTC')).toEqual({ from: '2026-11-16', to: '2026-11-22', by: 'day', zone: 'UTC' })
})

test('what the server would refuse is said before', () => {
  const a = { by: 'day', zone: 'UTC' } as const
  const said = (from: string, to: string): string => wrong({ ...a, from, to }, 400)
  expect([said('2026-02-01', '2026-01-01'), said('2026-01-01', '2026-01-01')]).toEqual(['order', ''])
  expect([said('2025-01-01', '2026-02-04'), said('2025-01-01', '2026-02-05')]).toEqual(['', 'long'])
})
