import { expect, test } from 'vitest'
import type { HistoryEvent, Message } from '@/shared/api/types'
import { entriesOf } from './entries'

let n = 0
const msg = (time: string, over: Partial<Message> = {}): Message => ({
  id: `m${++n}`, number: n, direction: 'in', medium: 'email', author: { kind: 'contact', id: 'k', name: 'K' }, auto: '', client_key: '', at: `2026-09-22T${time}:00.000Z`, ...over,
} as Message)
const us = { direction: 'out', author: { kind: 'agent', id: 'a', name: 'A' } } as const
const kinds = (messages: Message[], events: HistoryEvent[] = []): string[] => entriesOf(messages, events).map(e => e.kind)

test('the wait of a customer is drawn before the answer', () => {
  const out = entriesOf([msg('01:00'), msg('01:20'), msg('01:48', us)], [])
  expect(out.map(e => e.kind)).toEqual(['mail', 'mail', 'wait', 'mail'])
  expect(out[2]).toMatchObject({ who: 'customer', ms: 48 * 60_000 })
})

test('the wait says which promise was met by that reply', () => {
  const reply = msg('02:00', us)
  const met = { seq: 9, kind: 'clock_met', at: reply.at, data: { clock: { target: 'first_response', met_by: reply.id } } } as unknown as HistoryEvent
  expect(entriesOf([msg('01:00'), reply], [met]).find(e => e.kind === 'wait')).toMatchObject({ met: 'first_response' })
})

test('a note, an automatic reply and the system answer nobody', () => {
  expect(kinds([msg('01:00'), msg('03:00', { direction: 'note' }), msg('03:01', { ...us, auto: 'greeting' })])).toEqual(['mail', 'note', 'mail'])
})

test('bubbles of one writer within two minutes stand together', () => {
  const chat = (time: string, over: Partial<Message> = {}): Message => msg(time, { medium: 'chat', ...over })
  expect(kinds([chat('01:00'), chat('01:01'), chat('01:05'), chat('01:05', us)])).toEqual(['day', 'chat', 'chat', 'wait', 'chat'])
})

test('runs of history fold into one', () => {
  const e = (seq: number): HistoryEvent => ({ seq, kind: 'status_changed', at: '2026-09-22T01:30:00.000Z', data: {} } as unknown as HistoryEvent)
  expect(kinds([msg('01:00'), msg('02:00')], [e(1), e(2), e(3)])).toEqual(['mail', 'lines', 'mail'])
})
