import { expect, test } from 'vitest'
import { kept, most, pick } from './selection'

const order = ['a', 'b', 'c', 'd', 'e']
const said = (s: Set<string>): string => [...s].sort().join('')

test('a row is picked and put back', () => {
  expect(said(pick(new Set(), order, 'b'))).toBe('b')
  expect(said(pick(new Set(['a', 'b']), order, 'b'))).toBe('a')
})
test('a range is picked either way, and keeps what was picked', () => {
  expect(said(pick(new Set(['b']), order, 'd', 'b'))).toBe('bcd')
  expect(said(pick(new Set(['d', 'e']), order, 'b', 'd'))).toBe('bcde')
})
test('a range from a row that has gone picks the one alone', () => {
  expect(said(pick(new Set(), order, 'c', 'zz'))).toBe('c')
})
test('never more than one request takes', () => {
  const many = Array.from({ length: 150 }, (_, i) => `r${i}`)
  expect(pick(new Set(['r0']), many, 'r149', 'r0').size).toBe(most)
})
test('what left the list is picked no more', () => {
  expect(said(kept(new Set(['a', 'x']), order))).toBe('a')
})
