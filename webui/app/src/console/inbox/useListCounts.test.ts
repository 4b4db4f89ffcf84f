import { mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { expect, test, vi } from 'vitest'
import { api } from '@/shared/api/endpoints'
import type { Conversation } from '@/shared/api/types'
import { plain, plainOf, useListCounts, whyEmpty } from './useListCounts'

test('a list longer than the page holds is counted by the server, a short one here', async () => {
  setActivePinia(createPinia())
  const row = (id: string, queue: string): Conversation => ({ id, version: 1, status: 'open', assignee: '', queue, tags: [], mentioned: [], merged_into: '', due_at: null, contact: {} }) as unknown as Conversation
  vi.spyOn(api, 'conversations').mockImplementation(q => Promise.resolve({ items: [row('a', 'sales'), row('b', 'support')], next: q['list'] === 'mine' ? '' : 'more' }))
  const asked = vi.spyOn(api, 'counts').mockResolvedValue({ mine: 9, my_queues: 130, unassigned: 240, mentioned: 0, queues: { sales: 30, support: 100 } })
  let counts!: ReturnType<typeof useListCounts>
  const page = mount({ setup: () => { counts = useListCounts(); return () => null } })
  await vi.waitFor(() => expect(counts.count('my_queues')).toBe('130'))
  expect([counts.count('mine'), counts.count('unassigned'), counts.count('all')]).toEqual(['2', '240', ''])
  expect(counts.inQueue.value?.get('support')).toBe(100)
  const support = { ...plain('my_queues'), queue: 'support', sort: 'newest' } as const
  expect([counts.whole(plain('unassigned')), counts.whole(support), counts.whole({ ...support, medium: 'chat' })]).toEqual([240, 100, undefined])
  expect(asked).toHaveBeenCalledOnce()
  page.unmount()
})

test('parked mail that a filter hides is not “none is parked”', () => {
  const q = { list: 'all', sort: 'due', status: 'resolved', tag: 'parked' } as const
  expect(whyEmpty(q, ['status', 'tag'])).toBe('parked')
  expect(whyEmpty({ ...q, medium: 'chat' }, ['status', 'tag', 'medium'])).toBe('filter')
  expect(plainOf({ ...q, medium: 'chat' })).toEqual(q)
  expect(whyEmpty({ list: 'all', status: 'resolved' }, ['status'])).toBe('filter')
  expect(whyEmpty({ list: 'mine', status: 'active' }, [])).toBe('list')
})
