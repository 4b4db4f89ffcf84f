import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, test, vi } from 'vitest'
import { api } from '../api/endpoints'
import type { Conversation, Page } from '../api/types'
import { useConversations } from './conversations'
import type { ListQuery } from './lists'

beforeEach(() => { setActivePinia(createPinia()); vi.restoreAllMocks() })

const all: ListQuery = { list: 'all' }
const row = (id: string, version = 1, over: Partial<Conversation> = {}): Conversation => ({ id, version, status: 'open', assignee: '', queue: 'q', tags: [], mentioned: [], merged_into: '', due_at: null, messages: 1, contact: { id: 'k' }, ...over }) as unknown as Conversation

/** The next request for conversations, answered by hand. */
function asked(): { answer: (items: Conversation[]) => void, times: () => number } {
  const waiting: ((p: Page<Conversation>) => void)[] = []
  const spy = vi.spyOn(api, 'conversations').mockImplementation(() => new Promise((r) => { waiting.push(r) }))
  return { answer: items => waiting.shift()!({ items, next: '' } as Page<Conversation>), times: () => spy.mock.calls.length }
}
const shown = (): string[] => [...useConversations().list(all).ids].sort()

test('what comes while a list is on its way is in it, and what went is not', async () => {
  const ask = asked(), c = useConversations()
  const load = c.load(all)
  c.heard(row('new'))
  c.heard(row('done', 2, { status: 'resolved' }))
  c.removed('gone')
  ask.answer([row('old'), row('done'), row('gone')])
  await load
  expect(shown()).toEqual(['new', 'old'])
})

test('a list that was on its way when the line was lost is asked for again', async () => {
  const ask = asked(), c = useConversations()
  const load = c.load(all)
  const again = c.reloadShown()
  ask.answer([])
  await vi.waitFor(() => expect(ask.times()).toBe(2))
  ask.answer([row('meanwhile')])
  await Promise.all([load, again])
  expect(shown()).toEqual(['meanwhile'])
})
