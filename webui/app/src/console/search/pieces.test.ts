import { expect, test } from 'vitest'
import { pieces } from './pieces'

test('what was found is told apart from what stands around it', () => {
  expect(pieces('退\u0001订单\u0002已\u0001取消\u0002')).toEqual([
    { text: '退', hit: false }, { text: '订单', hit: true }, { text: '已', hit: false }, { text: '取消', hit: true },
  ])
  expect(pieces('plain')).toEqual([{ text: 'plain', hit: false }])
})
