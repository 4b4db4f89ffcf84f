import { expect, test } from 'vitest'
import { chord } from './keys'
import { keymap } from './keymap'

const press = (init: KeyboardEventInit): KeyboardEvent => new KeyboardEvent('keydown', init)

test('keys are read as they are written in the table', () => {
  expect(chord(press({ key: 'j', code: 'KeyJ' }))).toBe('j')
  expect(chord(press({ key: '?', code: 'Slash', shiftKey: true }))).toBe('?')
  expect(chord(press({ key: '!', code: 'Digit1', shiftKey: true }))).toBe('shift+1')
  expect(chord(press({ key: 'Enter', code: 'Enter', ctrlKey: true }))).toBe('mod+enter')
  expect(chord(press({ key: 'Enter', code: 'Enter', ctrlKey: true, shiftKey: true }))).toBe('mod+shift+enter')
})

test('Option on Apple systems types å, the key is still A', () => {
  expect(chord(press({ key: 'å', code: 'KeyA', altKey: true }))).toBe('alt+a')
})

test('no key means two things', () => {
  const all = Object.values(keymap).map(k => k.keys)
  expect(all).toEqual([...new Set(all)])
})
