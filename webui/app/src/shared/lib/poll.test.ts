import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { effectScope } from 'vue'
import { usePoll } from './poll'

beforeEach(() => { vi.useFakeTimers() })
afterEach(() => { vi.useRealTimers() })

test('it asks again after each answer, and never after its component is gone', async () => {
  const scope = effectScope(), answers: (() => void)[] = []
  const run = scope.run(() => usePoll(() => new Promise<void>((r) => { answers.push(r) }), () => 1000))!
  void run()
  await vi.advanceTimersByTimeAsync(5000)
  expect(answers).toHaveLength(1) // not before the first answer
  answers[0]!()
  await vi.advanceTimersByTimeAsync(1000)
  expect(answers).toHaveLength(2)
  scope.stop() // while an answer is on its way
  answers[1]!()
  await vi.advanceTimersByTimeAsync(60_000)
  await run()
  expect([answers.length, vi.getTimerCount()]).toEqual([2, 0])
})

test('it begins by itself', async () => {
  let n = 0
  const scope = effectScope()
  scope.run(() => usePoll(() => { n++ }, 1000))
  await vi.advanceTimersByTimeAsync(2500)
  expect(n).toBe(2)
  scope.stop()
})

test('asked by hand meanwhile there is still one round', async () => {
  let n = 0
  const scope = effectScope()
  const run = scope.run(() => usePoll(() => { n++ }, () => 1000))!
  await Promise.all([run(), run()])
  await vi.advanceTimersByTimeAsync(1000)
  expect(n).toBe(3)
  scope.stop()
})
