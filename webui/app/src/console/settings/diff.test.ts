import { expect, test } from 'vitest'
import { diff } from './diff'

test('says each field that changed, before and after', () => {
  expect(diff('{"id":"q","name":"A","ring_s":30,"weights":{"chat":30}}', '{"id":"q","name":"B","ring_s":30,"weights":{"chat":40}}')).toEqual([
    { at: 'name', before: 'A', after: 'B' }, { at: 'weights.chat', before: '30', after: '40' },
  ])
})

test('of lists only what came and went', () => {
  expect(diff('{"queues":["a","b"]}', '{"queues":["b","c"]}')).toEqual([{ at: 'queues', before: 'a', after: 'c' }])
})

test('empty in two ways is no change, and broken text is nothing', () => {
  expect(diff('{"note":""}', '{"note":null}')).toEqual([])
  expect(diff('', '')).toEqual([])
  expect(diff('{', '{"name":"A"}')).toEqual([{ at: '', before: '', after: '{"name":"A"}' }])
})
