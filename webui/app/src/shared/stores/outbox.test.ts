import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, test, vi } from 'vitest'
import { ApiError } from '../api/client'
import type { Message } from '../api/types'
import { useMessages } from './messages'
import { useOutbox, type Parcel } from './outbox'

const sent: string[] = []
let answer: (text: string) => Message = () => { throw new ApiError({ code: 'offline' }) }
vi.mock('../api/endpoints', () => ({
  api: { send: (_: string, b: { text: string }) => Promise.resolve().then(() => { const m = answer(b.text); sent.push(b.text); return m }) },
}))
const ok = (text: string): Message => ({ id: `m-${text}`, conversation: 'c', number: 1, client_key: text, text, author: { kind: 'agent', id: 'me', name: '' } } as Message)
const parcel = (text: string, conversation = 'c'): Parcel => ({ kind: 'reply', conversation, body: { client_key: text, text }, shown: { ...ok(text), number: 0, conversation } })
const down = (): never => { throw new ApiError({ code: 'offline' }) }

beforeEach(() => { setActivePinia(createPinia()); localStorage.clear(); sent.length = 0; answer = down })

test('what nobody answered is kept over a reload and goes by itself, in order, once (UP-C1)', async () => {
  const outbox = useOutbox()
  expect(await outbox.send(parcel('one'))).toBeUndefined()
  answer = ok
  expect(await outbox.send(parcel('two'))).toBeUndefined() // it must not overtake the first
  setActivePinia(createPinia())
  const next = useOutbox()
  next.wake()
  expect(next.kept('one') && next.kept('two')).toBe(true)
  await Promise.all([next.flush(), next.flush()])
  expect(sent).toEqual(['one', 'two'])
  expect(next.parcels).toEqual([])
  expect(JSON.parse(localStorage.getItem('yingda.outbox.') ?? '')).toEqual([])
})
test('the store being down keeps it, a refusal gives it back', async () => {
  const outbox = useOutbox(), messages = useMessages()
  messages.thread('c').state = 'ready'
  answer = () => { throw new ApiError({ code: 'unavailable' }) }
  await outbox.send(parcel('one'))
  messages.put(parcel('one').shown)
  expect(await outbox.flush()).toEqual([])
  answer = () => { throw new ApiError({ code: 'conflict', reason: 'stale_send' }) }
  expect((await outbox.flush()).map(r => r.parcel.body.text)).toEqual(['one'])
  expect(messages.thread('c').items).toEqual([])
})
test('what is said already, or being said, is not given back to be said twice (UP-C2)', async () => {
  const outbox = useOutbox()
  await outbox.send(parcel('one'))
  answer = () => { throw new ApiError({ code: 'conflict', reason: 'request_under_way' }) }
  expect(await outbox.flush()).toEqual([])
  expect(outbox.kept('one')).toBe(true)
  answer = () => { throw new ApiError({ code: 'conflict', reason: 'request_done' }) }
  expect(await outbox.flush()).toEqual([])
  expect(outbox.parcels).toEqual([])
})
test('being signed out is no refusal', async () => {
  const outbox = useOutbox()
  await outbox.send(parcel('one'))
  answer = () => { throw new ApiError({ code: 'unauthenticated' }) }
  expect(await outbox.flush()).toEqual([])
  expect(outbox.kept('one')).toBe(true)
})
test('a kept one can be taken out and changed', async () => {
  const outbox = useOutbox()
  await outbox.send(parcel('one'))
  expect(outbox.take('one')?.body.text).toBe('one')
  expect(outbox.parcels).toEqual([])
})
