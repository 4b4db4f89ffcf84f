import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, test, vi } from 'vitest'
import { useBoard } from './board'

vi.mock('../api/client', () => ({
  get: () => Promise.resolve({ at: '', queues: [], agents: [], late: [], next: [], late_total: 0, waivers: 3, channels: [], alerts: [], quarantine: 0 }),
}))
beforeEach(() => { setActivePinia(createPinia()) })

test('how many waivers wait comes with the board and changes with its frames', async () => {
  const b = useBoard()
  await b.load()
  expect(b.board?.waivers).toBe(3)
  b.changed([], [], false, 1)
  expect(b.board?.waivers).toBe(1)
  b.changed()
  expect(b.board?.waivers).toBe(1)
})
