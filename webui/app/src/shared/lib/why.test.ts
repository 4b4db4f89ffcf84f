import { expect, test } from 'vitest'
import { duration, readWhy } from './why'

test('durations are read as the router writes them', () => {
  expect(duration('5h0m0s')).toBe(5 * 3_600_000)
  expect(duration('1m30s')).toBe(90_000)
  expect(duration('0s')).toBe(0)
})

test('reasons become an explanation', () => {
  const why = readWhy([{ rule: 'rank', value: '2026-09-22T01:52:00Z' }, { rule: 'boost', value: '5h0m0s' }, { rule: 'prefer', value: 'owner' }, { rule: 'load', value: '110+10/150' }])
  expect(why).toMatchObject({ choice: 'owner', boost: 18_000_000, load: { before: 110, weight: 10, capacity: 150 }, forced: false })
  expect(readWhy([{ rule: 'by_hand', value: 'ann' }, { rule: 'forced', value: 'true' }])).toMatchObject({ choice: 'by_hand', forced: true })
})

test('those passed over are read with their reason', () => {
  const why = readWhy([{ rule: 'passed', value: 'ann full' }, { rule: 'passed', value: 'bo behind declined_before language load=20/100 idle=5m0s' }, { rule: 'considered', value: '12' }])
  expect(why.considered).toBe(12)
  expect(why.passed).toEqual([
    { agent: 'ann', reason: 'full', load: '', skill: '', idle: undefined, declined: false, language: false },
    { agent: 'bo', reason: 'behind', load: '20/100', skill: '', idle: 300_000, declined: true, language: true },
  ])
})
