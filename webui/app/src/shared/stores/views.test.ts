import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, test, vi } from 'vitest'
import { useSession } from './session'
import { readViews, useViews } from './views'

let stored: Record<string, unknown> = {}
vi.mock('../api/endpoints', () => ({
  api: {
    me: () => Promise.resolve({ preferences: stored }),
    savePreferences: (p: Record<string, unknown>) => { stored = p; return Promise.resolve() },
  },
}))
beforeEach(() => { setActivePinia(createPinia()); stored = { theme: 'dark' }; useSession().preferences = stored })

test('what is stored otherwise is left out', () => {
  expect(readViews('nonsense')).toEqual([])
  expect(readViews([null, { id: 'a' }, { id: 'b', name: 'B', list: 'elsewhere' }, { id: 'c', name: 'C', list: 'mine', query: { tier: 'key', n: 3 } }])).toEqual([{ id: 'c', name: 'C', list: 'mine', query: { tier: 'key' } }])
})
test('a view is saved beside what else the person chose, found by its address, moved, and taken off and put back', async () => {
  const views = useViews()
  await views.add('Late and strategic', 'all', { late: '1', tier: 'strategic' })
  await views.add('Chat', 'mine', { medium: 'chat' })
  expect(stored).toMatchObject({ theme: 'dark', views: [{ name: 'Late and strategic' }, { name: 'Chat' }] })
  expect(views.shown('all', { tier: 'strategic', late: '1' })?.name).toBe('Late and strategic')
  expect(views.shown('all', { tier: 'strategic' })).toBeUndefined()
  await views.move(views.all[1]!.id, -1)
  expect(views.all.map(v => v.name)).toEqual(['Chat', 'Late and strategic'])
  const back = await views.remove(views.all[0]!.id)
  expect(views.all.map(v => v.name)).toEqual(['Late and strategic'])
  await back()
  expect(views.all.map(v => v.name)).toEqual(['Chat', 'Late and strategic'])
})
test('what another device saved meanwhile is not lost', async () => {
  stored = { theme: 'dark', sound: false }
  await useViews().add('Chat', 'mine', { medium: 'chat' })
  expect(stored).toMatchObject({ sound: false })
})
