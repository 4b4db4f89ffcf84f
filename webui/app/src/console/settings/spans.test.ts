import { expect, test } from 'vitest'
import { fromSeconds, toSeconds } from './spans'

test.each([['90s', 90], ['1h 30m', 5400], ['4h', 14_400], ['2d', 172_800], ['3小时', 10_800], ['20 秒', 20], ['45', 45], ['1.5h', 5400], ['', undefined], ['soon', undefined], ['4x', undefined], ['4h!', undefined]])('%s is %s seconds', (text, want) => {
  expect(toSeconds(text)).toBe(want)
})

test.each([[0, '0s'], [90, '1m 30s'], [86_400, '1d'], [90_000, '25h'], [432_000, '5d'], [14_400, '4h']])('%i seconds are written %s', (s, want) => {
  expect(fromSeconds(s)).toBe(want)
  expect(toSeconds(want)).toBe(s)
})
