import { expect, test } from 'vitest'
import { effectScope } from 'vue'
import { useLatest } from './latest'

test('only the newest answer counts, whichever comes last', async () => {
  const scope = effectScope()
  const latest = scope.run(() => useLatest())!
  const said: string[] = []
  const then = (s: string): void => { said.push(s) }
  const asked: { answer: (s: string) => void, fail: (e: Error) => void, signal: AbortSignal }[] = []
  const ask = (signal: AbortSignal): Promise<string> => new Promise((answer, fail) => { asked.push({ answer, fail, signal }) })
  const failed = (e: unknown): void => { said.push(String(e)) }
  const one = latest(ask, then, failed), two = latest(ask, then, failed)
  expect(asked.map(a => a.signal.aborted)).toEqual([true, false])
  asked[1]!.answer('new')
  asked[0]!.fail(new Error('let go'))
  await Promise.all([one, two])
  expect(said).toEqual(['new'])
  for (const end of [latest.letGo, () => { scope.stop() }]) {
    const last = latest(ask, then, failed), asking = asked.at(-1)!
    end()
    asking.answer('too late')
    await last
    expect([said, asking.signal.aborted]).toEqual([['new'], true])
  }
})
