import { expect, test } from 'vitest'
import { retold } from './retold'

test('what is heard while an answer is on its way is told again after it, in order, and only then', async () => {
  const news = retold<string>(), said: string[] = []
  let answer: (a: string) => void = () => {}
  news.heard('before')
  const over = news.over(() => new Promise<string>((r) => { answer = r }), a => said.push(a), n => said.push(n))
  news.heard('one')
  news.heard('two')
  expect(said).toEqual([])
  answer('snapshot')
  await over
  news.heard('after')
  expect(said).toEqual(['snapshot', 'one', 'two'])
})

test('an answer that fails settles nothing and forgets what was heard', async () => {
  const news = retold<string>(), said: string[] = []
  const over = news.over(() => Promise.reject(new Error('down')), () => said.push('settled'), n => said.push(n))
  news.heard('one')
  await expect(over).rejects.toThrow('down')
  expect(said).toEqual([])
})
