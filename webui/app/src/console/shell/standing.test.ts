import { expect, test } from 'vitest'
import { effectScope, nextTick, shallowRef } from 'vue'
import { standing } from './standing'

test('a notice comes again after a button closed it, until what it tells of is over', async () => {
  const list = shallowRef<{ key: string }[]>([]), did: string[] = []
  const scope = effectScope()
  const button = scope.run(() => standing(() => list.value, (id, all) => did.push(`${id}: ${all.map(x => x.key).join(' ')}`), id => did.push(`hide ${id}`)))!
  const said = async (): Promise<string[]> => { await nextTick(); await Promise.resolve(); await nextTick(); return did.splice(0) }
  list.value = [{ key: 'a' }]
  expect(await said()).toEqual(['passed up 0: a'])
  list.value = [{ key: 'a' }]
  expect(await said()).toEqual([])
  button(() => {})() // looked at, and not dealt with
  expect(await said()).toEqual(['passed up 1: a'])
  let done: () => void = () => {}
  button(() => new Promise<void>((r) => { done = r }))()
  list.value = [{ key: 'a' }, { key: 'b' }] // while it is on its way
  expect(await said()).toEqual(['passed up 2: a b'])
  list.value = []
  expect(await said()).toEqual(['hide passed up 2'])
  done()
  expect(await said()).toEqual([])
  scope.stop()
})
