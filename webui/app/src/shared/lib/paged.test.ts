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

test('a list asked for again while a page was on its way begins anew, and goes on from there', async () => {
  const asked: (string | undefined)[] = [], answers: ((p: { items: number[], next: string }) => void)[] = [], signals: AbortSignal[] = []
  const p = effectScope().run(() => usePaged<number>((cursor, signal) => {
    asked.push(cursor)
    signals.push(signal)
    return new Promise((r) => { answers.push(r) })
  }, x => String(x)))!
  const first = p.load()
  answers[0]!({ items: [3, 2], next: 'after 2' })
  await first
  const second = p.next(), again = p.load() // the line came back while the next page was on its way
  expect(p.items.value).toEqual([3, 2])
  answers[1]!({ items: [1], next: '' })
  answers[2]!({ items: [4, 3], next: 'after 3' })
  await Promise.all([second, again])
  expect([p.items.value, p.more.value, signals.slice(1).map(x => x.aborted)]).toEqual([[4, 3], true, [true, false]])
  const third = p.next()
  answers[3]!({ items: [2, 1], next: '' })
  await third
  expect([asked, p.items.value, p.more.value]).toEqual([[undefined, 'after 2', undefined, 'after 3'], [4, 3, 2, 1], false])
})
