import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Frame } from '../api/frames'
import { LiveSocket } from './socket'

class FakeWebSocket {
  static all: FakeWebSocket[] = []
  readyState = 0
  sent: Record<string, unknown>[] = []
  onopen?: () => void
  onmessage?: (e: { data: string }) => void
  onclose?: (e: { code: number }) => void
  constructor(readonly url: string) { FakeWebSocket.all.push(this) }
  send(text: string): void { this.sent.push(JSON.parse(text) as Record<string, unknown>) }
  close(code = 1000): void { this.readyState = 3; this.onclose?.({ code }) }
  opens(): void { if (this.readyState === 0) this.readyState = 1; this.onopen?.() }
  says(f: Record<string, unknown>): void { this.onmessage?.({ data: JSON.stringify(f) }) }
}

const frames: Frame[] = [], reloads: number[] = []
let signedOut = 0
const make = (): LiveSocket => new LiveSocket(() => 'ws://x', {
  frame: f => frames.push(f), reload: () => reloads.push(1), signedOut: () => signedOut++,
}, u => new FakeWebSocket(u) as unknown as WebSocket)
const last = (): FakeWebSocket => FakeWebSocket.all.at(-1)!
const welcome = (n: number, resumed: boolean): Record<string, unknown> => ({ v: 1, n, cursor: `w${n}`, kind: 'welcome', resumed, server_time: new Date().toISOString() })

beforeEach(() => { vi.useFakeTimers(); FakeWebSocket.all = []; frames.length = 0; reloads.length = 0; signedOut = 0 })
afterEach(() => { vi.useRealTimers() })

test('a lost line resumes with the last cursor and asks for the same topics', () => {
  const s = make()
  s.start()
  s.watch(['conversation:c1'])
  last().opens()
  last().says(welcome(1, false))
  expect(reloads).toEqual([]) // the snapshot was loaded just before
  last().says({ v: 1, n: 2, cursor: 'k2', kind: 'presence', presence: {} })
  expect(frames).toHaveLength(1)
  last().close(1006)
  expect(s.state.status).toBe('lost')
  vi.advanceTimersByTime(1000)
  last().opens()
  expect(last().sent[0]).toEqual({ kind: 'hello', cursor: 'k2', topics: ['conversation:c1'] })
  last().says(welcome(1, true))
  expect(s.state.status).toBe('open')
  expect(reloads).toEqual([])
  s.stop()
})

test('a missing number is asked for again at once', () => {
  const s = make()
  s.start()
  last().opens()
  last().says(welcome(1, false))
  last().says({ v: 1, n: 3, cursor: 'k3', kind: 'presence', presence: {} })
  expect(frames).toHaveLength(0)
  expect(FakeWebSocket.all).toHaveLength(2)
  last().opens()
  expect(last().sent[0]).toEqual({ kind: 'hello', cursor: 'w1', topics: [] })
  s.stop()
})

test('what cannot be replayed is loaded again', () => {
  const s = make()
  s.start()
  last().opens()
  last().says(welcome(1, false))
  last().close(4008)
  vi.advanceTimersByTime(1000)
  last().opens()
  expect(last().sent[0]).toEqual({ kind: 'hello', cursor: '', topics: [] })
  last().says(welcome(1, false))
  expect(reloads).toEqual([1])
  s.stop()
})

test('a revoked session ends it, a stopped socket stays quiet', () => {
  const s = make()
  s.start()
  last().opens()
  last().close(4001)
  expect(signedOut).toBe(1)
  s.stop()
  vi.advanceTimersByTime(60_000)
  expect(FakeWebSocket.all).toHaveLength(1)
})

test('waits grow and never pass their limit', () => {
  const s = make()
  s.start()
  for (let i = 0; i < 12; i++) {
    const before = FakeWebSocket.all.length
    last().close(1006)
    for (let waited = 0; FakeWebSocket.all.length === before && waited < 20_000; waited += 100) vi.advanceTimersByTime(100)
    expect(FakeWebSocket.all.length).toBe(before + 1)
  }
  s.stop()
})

test('a line that does not answer is a lost line, and the page says so', () => {
  const s = make()
  s.start('k0')
  expect(s.state.lostAt).toBeUndefined()
  last().opens()
  expect(last().sent[0]).toEqual({ kind: 'hello', cursor: 'k0', topics: [] })
  vi.advanceTimersByTime(11_000) // hello was never answered
  expect(s.state.status).toBe('lost')
  expect(s.state.lostAt).toBeDefined()
  vi.advanceTimersByTime(1000)
  expect(FakeWebSocket.all).toHaveLength(2)
  last().opens()
  last().says(welcome(1, true))
  expect(s.state.status).toBe('open')
  vi.advanceTimersByTime(20_000)
  expect(last().sent.at(-1)).toEqual({ kind: 'ping' })
  last().says({ v: 1, n: 2, cursor: 'k2', kind: 'pong', server_time: null })
  vi.advanceTimersByTime(19_000)
  expect(s.state.status).toBe('open')
  vi.advanceTimersByTime(12_000) // the next ping is not answered
  expect(s.state.status).toBe('lost')
  s.stop()
})

test('two tries at once leave one line', () => {
  const s = make()
  s.start()
  last().close(1006)
  s.retry()
  const first = last()
  s.retry()
  first.opens() // too late: it was let go
  expect(first.sent).toEqual([])
  expect(first.readyState).toBe(3)
  last().opens()
  expect(last().sent).toHaveLength(1)
  s.stop()
})
