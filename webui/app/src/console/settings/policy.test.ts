import { expect, test } from 'vitest'
import { columns, doubled, inherited, linesOf, rowsOf, targets, usual, type Line } from './policy'

const lines: Line[] = [
  { target: 'first_response', tiers: ['key'], within_s: 28_800, calendar: 'cn' },
  { target: 'first_response', within_s: 86_400, calendar: '' },
  { target: 'next_response', within_s: 86_400, calendar: '' },
]

test('a grid and its lines say the same', () => {
  const rows = rowsOf(lines)
  expect(rows.map(r => [r.tiers, Object.keys(r.cells)])).toEqual([[[], ['first_response', 'next_response']], [['key'], ['first_response']]])
  expect(linesOf(rows)).toEqual(lines)
})

test('the particular is tried before the general, wherever its row stands', () => {
  const rows = rowsOf([{ target: 'answer', within_s: 60, calendar: '' }])
  rows.push({ media: ['chat'], tiers: [], priorities: [], cells: { answer: { within_s: 20, calendar: '' } } }, { media: [], tiers: [], priorities: ['urgent'], cells: { answer: { within_s: 5, calendar: '' } } })
  expect(linesOf(rows).map(l => l.within_s)).toEqual([5, 20, 60])
})

test('an empty cell takes the nearest more general one', () => {
  const rows = rowsOf(lines)
  expect(inherited(rows, rows[1]!, 'next_response')).toEqual({ within_s: 86_400, calendar: '' })
  expect(inherited(rows, rows[0]!, 'next_response')).toBeUndefined()
  expect(inherited(rows, rows[1]!, 'answer')).toBeUndefined()
})

test('two rows for the same are told', () => {
  const rows = rowsOf(lines)
  expect(doubled(rows)).toBe(false)
  expect(doubled([...rows, { media: [], tiers: ['key'], priorities: [], cells: {} }])).toBe(true)
})
test('every promise survives the grid, and one that is made has its column', () => {
  const all: Line[] = targets.map((target, i) => ({ target, within_s: 60 * (i + 1), calendar: '' }))
  expect(linesOf(rowsOf(all))).toEqual(all)
  expect(columns(rowsOf(lines), [])).toEqual(usual)
  expect(columns(rowsOf([...lines, { target: 'update', within_s: 60, calendar: '' }]), ['group'])).toEqual([...usual, 'update', 'group'])
})
