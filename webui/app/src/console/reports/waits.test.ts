// @vitest-environment node
import { expect, test } from 'vitest'
import { holds, sum, type Figures, type Line } from './waits'

const none: Figures = { waits: 0, hidden: 0, left: 0, judged: 0, sooner: 0, later: 0 }
const some: Figures = { waits: 30, hidden: 0, left: 6, judged: 24, sooner: 2, later: 4, inside_pct: 75, off_s: 60, took_s: 120 }
const line = (queue: string, today: Figures): Line => ({ queue, name: queue, medium: 'chat', today, yesterday: none })

test('a share is judged where enough waits were', () => {
  const by = { promised_pct: 80, enough_judged: 24 }
  expect(holds(some, by)).toBe(false)
  expect(holds({ ...some, inside_pct: 80 }, by)).toBe(true)
  expect(holds({ ...some, judged: 23 }, by)).toBeUndefined()
  expect(holds(none, by)).toBeUndefined()
})

test('the sum weighs each queue by what it judged and took', () => {
  const all = sum([line('a', some), line('b', { ...none, waits: 8, left: 2, judged: 6, later: 0, inside_pct: 100, off_s: 20, took_s: 40 }), line('c', none)], 'today')
  expect(all).toMatchObject({ waits: 38, left: 8, judged: 30, sooner: 2, later: 4, off_s: 52, took_s: 104 })
  expect(all.inside_pct).toBeCloseTo(80)
  expect(sum([line('c', none)], 'today')).toEqual(none)
})
