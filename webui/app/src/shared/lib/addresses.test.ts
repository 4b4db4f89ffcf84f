import { expect, test } from 'vitest'
import { isAddress, parseAddresses, sayAddresses } from './addresses'

test('addresses are read as people type them', () => {
  expect(parseAddresses('a@x.cn，"Li, Wei" <b@x.cn>; 王伟 <c@x.cn>, nonsense')).toEqual([
    { name: '', address: 'a@x.cn' }, { name: 'Li, Wei', address: 'b@x.cn' }, { name: '王伟', address: 'c@x.cn' },
  ])
})

test('what is said can be read again', () => {
  const list = [{ name: '王伟', address: 'c@x.cn' }, { name: '', address: 'a@x.cn' }]
  expect(parseAddresses(sayAddresses(list))).toEqual(list)
})

test('one address is no list, and has no name around it', () => {
  expect(['a@x.cn', '王伟@x.cn', 'a@x', 'a', 'a@', 'a@x.cn,b@x.cn', '<a@x.cn>', 'a b@x.cn', '"a"@x.cn', 'a@@x.cn', ''].map(isAddress)).toEqual([true, true, true, ...Array<boolean>(8).fill(false)])
})
