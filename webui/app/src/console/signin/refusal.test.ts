import { expect, test } from 'vitest'
import { ApiError } from '@/shared/api/client'
import { refusalOf, safeNext } from './refusal'

test('a wrong password says how many tries are left when the server does', () => {
  const wrong = (params: Record<string, string>) => refusalOf(new ApiError({ code: 'forbidden', reason: 'sign_in_wrong', params }), 0)
  expect(wrong({})).toEqual({ key: 'wrong', params: {} })
  expect(wrong({ left: '3', pause_s: '900' })).toEqual({ key: 'wrongLeft', params: { n: 3, minutes: 15 } })
  expect(wrong({ left: '0', pause_s: '900' }).key).toBe('wrongLast')
})

test('too many tries pause until a moment', () => {
  expect(refusalOf(new ApiError({ code: 'too_many', reason: 'sign_in_too_many', params: { retry_s: '900' } }), 1000)).toEqual({ key: 'paused', params: {}, until: 901_000 })
})

test('a lost line is not a wrong password', () => {
  const e = new ApiError({ code: 'offline' })
  expect(refusalOf(e, 0)).toEqual({ key: '', params: {}, error: e })
})

test('only own addresses are gone to', () => {
  expect(['/board?x=1', '//evil.example', '/\\evil.example', 'https://evil.example', undefined, '/sign-in'].map(safeNext)).toEqual(['/board?x=1', '/', '/', '/', '/', '/'])
})
