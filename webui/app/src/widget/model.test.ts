import { describe, expect, it } from 'vitest'
import type { Frame, Message, Outgoing } from './frames'
import { apply, empty, newcomer, unread, type Model } from './model'

const msg = (number: number, text: string, more: Partial<Message> = {}): Message => ({ number, mine: false, name: '林婉清', text, at: '2026-11-22T06:00:00Z', ...more })
const out = (id: string): Outgoing => ({ id, text: id, files: [], at: '2026-11-22T06:00:00Z' })
const play = (m: Model, ...frames: Frame[]) => frames.reduce(apply, m)
const welcome = (conversation: string, more = {}): Frame => ({ type: 'welcome', conversation, status: 'open', agent: '', read: 0, seen: 0, last: 0, open: true, now: '', ...more })
const texts = (m: Model) => m.messages.map(x => x.text)

describe('UP-W1: nothing lost, doubled or out of order', () => {
  it('keeps order whatever order and however often entries come', () => {
    const a = msg(1, 'one'), b = msg(3, 'three'), c = msg(2, 'two')
    const m = play(empty(), welcome('c1'), { type: 'message', conversation: 'c1', message: b }, { type: 'history', conversation: 'c1', messages: [a, c] },
      { type: 'message', conversation: 'c1', message: b })
    expect(texts(m)).toEqual(['one', 'two', 'three'])
    expect(m.last).toBe(3)
  })

  it('shows what is not acknowledged once, before and after it is in the thread', () => {
    let m = play(empty([out('a'), out('b')]), welcome('c1'), { type: 'ack', client_id: 'a', number: 1, conversation: 'c1' })
    expect(m.outgoing.map(o => o.id)).toEqual(['a', 'b'])
    m = play(m, { type: 'message', conversation: 'c1', message: msg(1, 'a', { mine: true, client_id: 'a' }) })
    expect(m.outgoing.map(o => o.id)).toEqual(['b'])
    expect(texts(m)).toEqual(['a'])
  })

  it('keeps the thread when the line comes back, and begins anew in another conversation', () => {
    const m = play(empty([out('x')]), welcome('c1'), { type: 'history', conversation: 'c1', messages: [msg(1, 'one')] })
    expect(texts(apply({ ...m, line: 'off' }, welcome('c1')))).toEqual(['one'])
    const other = apply(m, welcome('c2'))
    expect(texts(other)).toEqual([])
    expect(other.last).toBe(0)
    expect(other.outgoing).toHaveLength(1)
  })
})

describe('what the visitor is told', () => {
  it('marks a refused message and keeps one that the pace held back', () => {
    const m = play(empty([out('a'), out('b')]), { type: 'error', code: 'too_large', reason: 'text_too_long', client_id: 'a' },
      { type: 'error', code: 'too_many', reason: 'too_many_messages', client_id: 'b' })
    expect(m.outgoing.map(o => o.failed?.reason)).toEqual(['text_too_long', undefined])
  })

  it('takes an answer as proof that everything before it was read', () => {
    const m = play(empty(), welcome('c1'), { type: 'message', conversation: 'c1', message: msg(1, 'me', { mine: true }) })
    expect(m.read).toBe(0)
    expect(apply(m, { type: 'message', conversation: 'c1', message: msg(2, 'answer') }).read).toBe(2)
    expect(apply(m, { type: 'message', conversation: 'c1', message: msg(2, 'automatic', { auto: true }) }).read).toBe(0)
  })

  it('ends typing with the message and the ticket with the agent', () => {
    let m = play(empty(), welcome('c1'), { type: 'queue', waiting: true, position: 3, low_s: 180, high_s: 300 }, { type: 'typing', on: true, name: '林婉清' })
    expect([m.queue?.position, m.typing]).toEqual([3, '林婉清'])
    m = play(m, { type: 'joined', name: '林婉清' }, { type: 'message', conversation: 'c1', message: msg(1, 'hello') })
    expect([m.queue, m.typing, m.agent]).toEqual([undefined, '', '林婉清'])
  })

  it('tells of who joined until they have written, and not again when we write after them', () => {
    const said = (...frames: Frame[]): string => newcomer(play(empty(), welcome('c1'), { type: 'joined', name: '林婉清' }, ...frames))
    const theirs: Frame = { type: 'message', conversation: 'c1', message: msg(1, 'hello', { name: '林婉清' }) }, ours: Frame = { type: 'message', conversation: 'c1', message: msg(2, 'me', { mine: true, name: '' }) }
    expect([said(), said(ours), said(theirs), said(theirs, ours)]).toEqual(['林婉清', '林婉清', '', ''])
    expect(newcomer(play(empty(), welcome('c1'), theirs, { type: 'joined', name: 'Sam' }))).toBe('Sam')
  })

  it('says where it goes on while it is over here, and no longer', () => {
    const moved: Frame = { type: 'moved', conversation: 'c1', way: 'mail', kept: true }, over: Frame = { type: 'status', conversation: 'c1', status: 'resolved' }
    const m = play(empty(), welcome('c1'), moved, over)
    expect(m.moved).toEqual({ way: 'mail', kept: true })
    expect(apply(m, welcome('c1', { status: 'resolved' })).moved).toEqual({ way: 'mail', kept: true })
    for (const f of [welcome('c1'), welcome('c2', { status: 'resolved' }), { type: 'status', conversation: 'c1', status: 'open' } as Frame]) expect(apply(m, f).moved, JSON.stringify(f)).toBeUndefined()
  })

  it('counts as unread what no viewport has shown', () => {
    const m = play(empty(), welcome('c1', { seen: 1 }), { type: 'history', conversation: 'c1', messages: [msg(1, 'old'), msg(2, 'new'), msg(3, 'mine', { mine: true })] })
    expect(unread(m).map(x => x.text)).toEqual(['new'])
  })
})
