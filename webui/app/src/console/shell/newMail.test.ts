import { expect, test, vi } from 'vitest'
import { nextTick } from 'vue'
import type { Upload } from '@/shared/stores/drafts'
import { begun, beginMail, empty, isEmpty, keyOf, mailOf, missing, own, writeTo, type MailForm } from './newMail'

const mei = { name: 'Mei', address: 'mei@example.com' }, bo = { name: '', address: 'bo@example.com' }
const good = (over: Partial<MailForm> = {}): MailForm => ({
  inbox: 'support', contact: '', aside: '', name: '', known: [], to: [mei, bo], cc: [], bcc: [], rest: { to: '', cc: '', bcc: '' },
  subject: ' Your order ', text: 'Hello', html: '<p>Hello</p>', uploads: [], set: 0, tried: { key: '', words: '' }, ...over,
})
const upload = (over: Partial<Upload>): Upload => ({ id: 1, name: 'a.pdf', size: 3, share: 1, abort: new AbortController(), ...over })
const file = { blob: 'b', name: 'a.pdf', content_type: 'application/pdf', size: 3, inline: false, content_id: '', url: 'blob:1', dangerous: false }

test('a mail goes when nothing is missing, and says the first thing that is', () => {
  expect(missing(good())).toBeUndefined()
  expect(missing(good({ inbox: '' }))).toBe('inbox')
  expect(missing(good({ to: [] }))).toBe('to')
  expect(missing(good({ subject: '  ' }))).toBe('subject')
  expect(missing(good({ text: '' }))).toBe('text')
})
test('what is no address keeps the mail here: nobody is dropped in silence', () => {
  expect(missing(good({ rest: { to: 'bo at example', cc: '', bcc: '' } }))).toBe('to')
  expect(missing(good({ rest: { to: '', cc: '', bcc: 'nobody' } }))).toBe('bcc')
})
test('a mail waits for its files, and does not go without one that was refused', () => {
  expect(missing(good({ uploads: [upload({ share: 0.4 })] }))).toBe('going')
  expect(missing(good({ uploads: [upload({ problem: 'too large' })] }))).toBe('refused')
  expect(missing(good({ text: '', uploads: [upload({ file })] }))).toBeUndefined()
})
test('what goes to the server', () => {
  expect(mailOf(good(), 5)).toEqual({ inbox: 'support', to: [mei, bo], subject: 'Your order', text: 'Hello', html: '<p>Hello</p>', undo_s: 5 })
  expect(mailOf(good({ cc: [bo], contact: 'k', uploads: [upload({ file })] }), 5)).toMatchObject({ cc: [bo], contact: 'k', attachments: [{ blob: 'b', name: 'a.pdf', content_type: 'application/pdf', size: 3, inline: false, content_id: '' }] })
})
test('the same words keep their key, other words get another', () => {
  const f = good(), first = keyOf(f, mailOf(f, 5))
  expect(keyOf(f, mailOf(f, 5))).toBe(first)
  f.text = 'Hello again'
  expect(keyOf(f, mailOf(f, 5))).not.toBe(first)
})
test('each customer has a mail of their own, kept on this device for its owner alone', async () => {
  vi.useFakeTimers()
  own('ann')
  writeTo('ann', { id: 'k1', name: 'Mei' }, ['mei@example.com', 'mei@home.example'])
  expect(begun().to).toEqual([mei])
  begun().text = 'for Mei'
  beginMail()
  expect(isEmpty(begun())).toBe(true)
  begun().text = 'for nobody yet'
  await nextTick()
  vi.advanceTimersByTime(600)
  own('bob')
  expect(isEmpty(begun())).toBe(true)
  own('ann')
  expect(begun().text).toBe('for nobody yet')
  writeTo('ann', { id: 'k1', name: 'Mei' }, ['mei@example.com'])
  expect(begun().text).toBe('for Mei')
  empty(begun())
  expect(begun().to).toEqual([mei])
  vi.useRealTimers()
})
