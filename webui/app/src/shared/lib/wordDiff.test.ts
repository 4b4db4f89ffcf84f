import { expect, test } from 'vitest'
import { wordDiff } from './wordDiff'

const said = (a: string, b: string): string => wordDiff(a, b).map(p => p.how === 'same' ? p.text : p.how === 'gone' ? `[-${p.text}]` : `[+${p.text}]`).join('')

test('words are compared, and Han one by one', () => {
  expect(said('It costs 20 euros.', 'It costs 25 euros.')).toBe('It costs [-20][+25] euros.')
  expect(said('明天退款', '今天退款')).toBe('[-明][+今]天退款')
  expect(said('same', 'same')).toBe('same')
  expect(said('', 'new')).toBe('[+new]')
})
test('a text too long to compare is shown as two', () => {
  const long = 'a '.repeat(4000)
  expect(wordDiff(long, `${long}b`).map(p => p.how)).toEqual(['gone', 'new'])
})
