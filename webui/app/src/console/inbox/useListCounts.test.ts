import { expect, test } from 'vitest'
import { plainOf, whyEmpty } from './useListCounts'

test('parked mail that a filter hides is not “none is parked”', () => {
  const q = { list: 'all', sort: 'due', status: 'resolved', tag: 'parked' } as const
  expect(whyEmpty(q, ['status', 'tag'])).toBe('parked')
  expect(whyEmpty({ ...q, medium: 'chat' }, ['status', 'tag', 'medium'])).toBe('filter')
  expect(plainOf({ ...q, medium: 'chat' })).toEqual(q)
  expect(whyEmpty({ list: 'all', status: 'resolved' }, ['status'])).toBe('filter')
  expect(whyEmpty({ list: 'mine', status: 'active' }, [])).toBe('list')
})
