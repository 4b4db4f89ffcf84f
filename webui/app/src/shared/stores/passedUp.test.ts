import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, test } from 'vitest'
import type { Alert, Clock, Conversation } from '../api/types'
import { useBoard } from './board'
import { useConversations } from './conversations'
import { usePassedUp } from './passedUp'

beforeEach(() => setActivePinia(createPinia()))

const clock = (over: Partial<Clock> = {}): Clock => ({ target: 'first_response', n: 1, state: 'running', breached_at: '2026-01-01T10:00:00Z', acknowledged_by: '', acknowledged_at: null, ...over }) as Clock
const row = (version: number, k: Clock): Conversation => ({ id: 'c', number: 7, version, clocks: [k], contact: { name: 'Lin' }, status: 'open', assignee: '', queue: 'q', tags: [], messages: 1 }) as unknown as Conversation

test('what was passed up stands until it is kept, waived, or somebody has it', () => {
  const up = usePassedUp(), { heard } = useConversations()
  const names = (): string[] => up.standing.map(p => p.name)
  heard(row(1, clock()))
  up.heard(row(1, clock()), clock(), '100 1')
  expect(names()).toEqual(['Lin'])
  heard(row(2, clock({ acknowledged_by: 'ann', acknowledged_at: '2026-01-01T09:50:00Z' })))
  expect(names()).toEqual(['Lin'])
  heard(row(3, clock({ acknowledged_by: 'ann', acknowledged_at: '2026-01-01T10:01:00Z' })))
  expect(names()).toEqual([])
  heard(row(4, clock()))
  expect(names()).toEqual(['Lin'])
  heard(row(5, clock({ state: 'met' })))
  expect(names()).toEqual([])
  heard(row(6, clock({ waiver: { state: 'waived' } as NonNullable<Clock['waiver']> })))
  expect(names()).toEqual([])
})

test('a later step takes the place of the one before; nothing is left for the next person', () => {
  const up = usePassedUp()
  useConversations().heard(row(1, clock()))
  up.heard(row(1, clock()), clock(), '80 1')
  up.heard(row(1, clock()), clock(), '100 1')
  expect(up.standing.map(p => p.key)).toEqual(['up c first_response 1 100 1'])
  up.clear()
  expect(up.standing).toEqual([])
})

test('an alert calls once, board or no board', () => {
  const board = useBoard()
  const a = (over: Partial<Alert> = {}): Alert => ({ id: 'x', cleared_at: null, snoozed_until: null, ...over }) as Alert
  expect(board.board).toBeUndefined()
  expect(board.alert(a())).toBe(true)
  expect(board.raised?.id).toBe('x')
  expect(board.alert(a({ acknowledged: { id: 'ann' } as Alert['acknowledged'] }))).toBe(false)
  expect(board.alert(a({ id: 'y', snoozed_until: '2026-01-01T10:00:00Z' }))).toBe(false)
  expect(board.alert(a({ id: 'z', cleared_at: '2026-01-01T10:00:00Z' }))).toBe(false)
  expect(board.heard?.id).toBe('z')
  board.clear()
  expect([board.raised, board.heard, board.alert(a())]).toEqual([undefined, undefined, true])
})
