import { expect, test } from 'vitest'
import { rowsOf } from './useAlertWords'

test('every alert leads to what it counted, from whichever page', () => {
  const a = { queue: 'q', raised_at: '2026-11-21T17:00:00Z' }
  expect(rowsOf({ ...a, measure: 'waiting' })).toEqual({ path: '/inbox/unassigned', query: { sort: 'due', status: 'open', queue: 'q' } })
  expect(rowsOf({ ...a, measure: 'longest_wait' })).toEqual({ path: '/inbox/unassigned', query: { sort: 'due', status: 'open', queue: 'q' } })
  expect(rowsOf({ ...a, measure: 'service_level' })).toEqual({ path: '/reports', query: { by: 'queue', from: '2026-11-22', to: '2026-11-22', zone: 'Asia/Shanghai' } })
  expect(rowsOf({ ...a, queue: '', measure: 'channel_down' })).toEqual({ path: '/board', hash: '#channels' })
})
