import { expect, test } from 'vitest'
import { identityOf, nameOf } from './names'

test('a customer without a name goes by what they write from', () => {
  expect(nameOf({ name: '', identities: [{ kind: 'visitor', value: 'v1' }, { kind: 'phone', value: '+8613800138000' }] })).toBe('+8613800138000')
  expect(nameOf({ name: '', identities: [] })).toBe('')
})

test('addresses and numbers are told apart', () => {
  expect(identityOf(' Li <li@a.example> ')).toEqual({ kind: 'email', value: 'li@a.example' })
  expect(identityOf('+86 138 0013 8000')).toEqual({ kind: 'phone', value: '+86 138 0013 8000' })
  expect([identityOf('hello'), identityOf('12'), identityOf('')]).toEqual([undefined, undefined, undefined])
})
