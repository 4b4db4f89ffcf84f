import { expect, test } from 'vitest'
import { columns } from './chart'

test('a day is one column, the highest fills the picture, late ones stand on those kept', () => {
  const [one, two] = columns([{ key: '2026-11-02', met: 1, late: 0 }, { key: '2026-11-01', met: 2, late: 1 }, { key: '2026-11-01', met: 1, late: 0 }], 100, 40)
  expect([one?.key, two?.key]).toEqual(['2026-11-01', '2026-11-02'])
  expect(one).toMatchObject({ met: 3, late: 1, metHeight: 30, lateHeight: 10, lateTop: 0, metTop: 10 })
  expect(two).toMatchObject({ metHeight: 10, x: 57.5, width: 35 })
  expect(columns([], 100, 40)).toEqual([])
})
