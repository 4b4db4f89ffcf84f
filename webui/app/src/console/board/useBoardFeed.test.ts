import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createApp } from 'vue'
import type { Board } from '@/shared/api/types'
import { useBoard } from '@/shared/stores/board'
import { useBoardFeed } from './useBoardFeed'

const asked = vi.hoisted(() => vi.fn())
vi.mock('@/shared/api/client', async original => ({ ...await original(), get: asked }))
vi.mock('@/shared/live', () => ({ watching: () => {} }))

beforeEach(() => {
  vi.useFakeTimers()
  setActivePinia(createPinia())
  asked.mockReset().mockImplementation(() => Promise.resolve({ at: new Date().toISOString(), queues: [], agents: [], channels: [], alerts: [], late: [], next: [] } as unknown as Board))
})
afterEach(() => { vi.useRealTimers() })

/** The feed of a page that shows the board. */
function show(): () => void {
  const app = createApp({ setup() { useBoardFeed(); return () => null } })
  app.mount(document.createElement('div'))
  return () => { app.unmount() }
}

test('a snapshot is no reason to ask for another', async () => {
  const close = show()
  await vi.advanceTimersByTimeAsync(25_000)
  expect(asked).toHaveBeenCalledTimes(1)
  await vi.advanceTimersByTimeAsync(10_000) // what comes due makes no event: it asks now and then
  expect(asked).toHaveBeenCalledTimes(2)
  close()
})

test('frames are: once for all of two seconds', async () => {
  const close = show()
  await vi.advanceTimersByTimeAsync(100)
  for (let i = 0; i < 10; i++) { useBoard().changed(); await vi.advanceTimersByTimeAsync(100) }
  await vi.advanceTimersByTimeAsync(10_000)
  expect(asked).toHaveBeenCalledTimes(2)
  close()
  useBoard().changed()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(asked).toHaveBeenCalledTimes(2)
})
