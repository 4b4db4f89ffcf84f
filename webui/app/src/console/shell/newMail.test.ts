import { expect, test } from 'vitest'
import { mailOf, missing } from './newMail'

const good = { inbox: 'support', to: 'Mei <mei@example.com>, bo@example.com', cc: '', subject: ' Your order ', text: 'Hello' }

test('a mail goes when nothing is missing, and says the first thing that is', () => {
  expect(missing(good)).toBeUndefined()
  expect(missing({ ...good, inbox: '' })).toBe('inbox')
  expect(missing({ ...good, to: '' })).toBe('to')
  expect(missing({ ...good, subject: '  ' })).toBe('subject')
  expect(missing({ ...good, text: '' })).toBe('text')
})
test('one address that is none keeps the mail here: nobody is dropped in silence', () => {
  expect(missing({ ...good, to: 'mei@example.com, bo at example' })).toBe('to')
  expect(missing({ ...good, cc: 'nobody' })).toBe('cc')
})
test('what goes to the server', () => {
  expect(mailOf(good, 5)).toEqual({ inbox: 'support', to: [{ name: 'Mei', address: 'mei@example.com' }, { name: '', address: 'bo@example.com' }], subject: 'Your order', text: 'Hello', html: '', undo_s: 5 })
  expect(mailOf({ ...good, cc: 'x@example.com' }, 5).cc).toEqual([{ name: '', address: 'x@example.com' }])
})
