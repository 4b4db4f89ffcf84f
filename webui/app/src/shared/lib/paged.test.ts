import { expect, test } from 'vitest'
import { effectScope } from 'vue'
import { usePaged } from './paged'

test('what is there stays when more cannot be had', async () => {
  const pages: Record<string, { items: number[], next: string }> = { '': { items: [1, 2], next: 'a' }, 'a': { items: [3], next: '' } }
  let broken = false
  const p = effectScope().run(() => usePaged<number>(async (cursor) => {
    await Promise.resolve()
    if (broken) throw new Error('no line')
    return pages[cursor ?? '']!
  }))!
  await p.load()
  expect([p.items.value, p.more.value]).toEqual([[1, 2], true])
  broken = true
  await p.next()
  expect([p.items.value, p.more.value, String(p.error.value)]).toEqual([[1, 2], true, 'Error: no line'])
  broken = false
  await p.next()
  expect([p.items.value, p.more.value, p.error.value]).toEqual([[1, 2, 3], false, undefined])
  await p.load()
  expect(p.items.value).toEqual([1, 2])
})

test('what came into the list while a page was on its way stays, and stands once', async () => {
  interface Row { id: string, what: string }
  let answer: (p: { items: Row[], next: string }) => void = () => {}
  const p = effectScope().run(() => usePaged<Row>(() => new Promise((r) => { answer = r }), x => x.id))!
  const first = p.load()
  answer({ items: [{ id: 'b', what: 'old' }], next: 'x' })
  await first
  const second = p.next()
  p.items.value = [{ id: 'c', what: 'raised' }, { id: 'b', what: 'cleared' }]
  answer({ items: [{ id: 'b', what: 'old' }, { id: 'a', what: 'old' }], next: '' })
  await second
  expect(p.items.value.map(x => `${x.id} ${x.what}`)).toEqual(['c raised', 'b cleared', 'a old'])
})
