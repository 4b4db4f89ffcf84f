import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { effectScope, nextTick, type EffectScope } from 'vue'
import { useSettings } from '@/shared/stores/settings'
import type { Policy } from './policy'
import { useRouting, type Routing } from './useRouting'

// The server: one policy in force, no draft; a rule called "bad" is an error, and checking may be out of order.
const served = vi.hoisted(() => ({ version: 1, doc: { id: 'q', rules: [] } as unknown as Policy, broken: false, checks: 0 }))
vi.mock('@/shared/api/client', () => {
  class ApiError extends Error { code = 'not_found' }
  return {
    ApiError, put: vi.fn(), del: vi.fn(),
    get: (path: string) => path.endsWith('/draft') ? Promise.reject(new ApiError()) : Promise.resolve(JSON.parse(JSON.stringify({ version: served.version, doc: served.doc }))),
    post: (_: string, { doc }: { doc: Policy }) => {
      served.checks++
      return served.broken ? Promise.reject(new Error('no line')) : Promise.resolve({ findings: doc.rules.some(r => r.name === 'bad') ? [{ path: 'rules[0]', reason: 'nobody', error: true, params: {} }] : [] })
    },
  }
})

let scope: EffectScope
beforeEach(() => { vi.useFakeTimers(); setActivePinia(createPinia()); Object.assign(served, { version: 1, doc: { id: 'q', rules: [{ name: 'a', when: {} }] }, broken: false, checks: 0 }); scope = effectScope() })
afterEach(() => { scope.stop(); vi.useRealTimers() })
const open = async (): Promise<Routing> => {
  const r = scope.run(() => useRouting(() => 'q'))!
  await vi.advanceTimersByTimeAsync(0)
  return r
}
const typed = async (r: Routing, name: string, ms = 600): Promise<void> => {
  r.policy.value.rules[0]!.name = name
  await nextTick()
  await vi.advanceTimersByTimeAsync(ms)
}

test('what was said of another text refuses nothing: typed right again, or nobody could be asked', async () => {
  const r = await open()
  await typed(r, 'bad')
  expect(r.refused.value).toBe(true)
  await typed(r, 'good', 0)
  expect(r.refused.value).toBe(false)
  await typed(r, 'bad')
  served.broken = true
  await typed(r, 'b')
  expect([r.refused.value, r.differs.value]).toEqual([false, true])
  served.broken = false
  await typed(r, 'bad')
  await typed(r, 'a') // as it was: nothing is unsaved, and still it is asked about
  expect([r.unsaved.value, r.findings.value]).toEqual([false, []])
})

test('what somebody else published replaces what is shown, and says so', async () => {
  const r = await open(), before = r.shown.value
  Object.assign(served, { version: 2, doc: { id: 'q', rules: [{ name: 'first', when: {} }, { name: 'a', when: {} }] } })
  useSettings().touched('routing', 'q')
  await vi.advanceTimersByTimeAsync(0)
  expect(r.policy.value.rules.map(x => x.name)).toEqual(['first', 'a'])
  expect(r.shown.value).toBe(before + 1)
})
