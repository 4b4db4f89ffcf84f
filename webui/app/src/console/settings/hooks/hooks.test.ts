// @vitest-environment node
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { chosen, events, groups, pretty, verdict, whyOf } from './hooks'

test('the page offers the kinds the manual lists, each once', () => {
  const manual = readFileSync(fileURLToPath(new URL('../../../../../../docs/webhooks.md', import.meta.url)), 'utf8')
  const line = manual.split('\n').find(l => l.startsWith('`opened`'))!
  const said = [...line.matchAll(/`(\w+)`/g)].map(m => m[1]!)
  const here = groups.flatMap(g => [...events[g]])
  expect([...here].sort()).toEqual([...said].sort())
  expect(new Set(here).size).toBe(here.length)
})

test('kinds are kept in the order of the page, and one the page does not know stays', () => {
  expect(chosen(['clock_met', 'future'], ['opened'], true)).toEqual(['opened', 'clock_met', 'future'])
  expect(chosen(['opened', 'clock_met', 'future'], events.promises, false)).toEqual(['opened', 'future'])
  expect(chosen(['opened'], ['opened'], true)).toEqual(['opened'])
})

test('a delivery that was tried, or waits its turn, is not one on its way', () => {
  const due = '2026-11-22T09:00:00.000Z', now = Date.parse(due)
  expect(verdict({ state: 'waiting', attempts: 0, next_at: due }, now + 5_000).key).toBe('sending')
  expect(verdict({ state: 'waiting', attempts: 0, next_at: due }, now + 60_000)).toMatchObject({ key: 'turn', good: true })
  expect(verdict({ state: 'waiting', attempts: 2, next_at: due }, now)).toMatchObject({ key: 'again', good: false })
  expect(verdict({ state: 'delivered', attempts: 1, next_at: null }, now)).toMatchObject({ key: 'delivered', good: true })
  expect(verdict({ state: 'failed', attempts: 9, next_at: null }, now)).toMatchObject({ key: 'failed', good: false })
  expect(whyOf({ reason: '', status: 0 })).toBe('')
  expect(whyOf({ reason: 'timeout', status: 0 })).toBe('timeout')
})

test('a body is shown line by line, and what is no JSON as it is', () => {
  expect(pretty('{"a":{"b":1}}')).toBe('{\n  "a": {\n    "b": 1\n  }\n}')
  expect(pretty('not json')).toBe('not json')
})
