import { expect, test } from 'vitest'
import { check, fieldOf, getAt, isOrigin, nameOf, setAt, type Doc } from './fields'
import { inboxBlank, inboxForm } from './inboxForm'
import { kinds, newId } from './kinds'
import { taken } from './useDoc'
import type { Directory } from '@/shared/api/types'

test('paths reach into what is not there yet', () => {
  const d: Doc = {}
  setAt(d, 'channel.imap.host', 'x')
  expect(d).toEqual({ channel: { imap: { host: 'x' } } })
  expect(getAt(d, 'channel.smtp.host')).toBeUndefined()
})

test('a mail inbox asks for what the server needs, a chat inbox does not', () => {
  expect(Object.keys(check(inboxForm, inboxBlank('email'))).sort()).toEqual(['address', 'channel.imap.host', 'channel.imap.username', 'channel.smtp.host', 'channel.smtp.username', 'name', 'queue'])
  expect(Object.keys(check(inboxForm, inboxBlank('chat'))).sort()).toEqual(['name', 'queue'])
})

test('a refusal finds its field, inside the channel too', () => {
  const d = inboxBlank('email')
  expect(['imap.host', 'channel.imap.port', 'mailboxes[2]', 'name', 'nonsense'].map(f => fieldOf(inboxForm, d, f))).toEqual(['channel.imap.host', 'channel.imap.port', 'channel.mailboxes', 'name', undefined])
})

test('origins have no path', () => {
  expect(['https://shop.example', 'http://127.0.0.1:8080', 'https://shop.example/', 'shop.example', 'ftp://x'].map(isOrigin)).toEqual([true, true, false, false, false])
})

test('every blank document passes its own form once named', () => {
  for (const k of kinds.filter(x => !['inboxes', 'canned', 'agents', 'webhooks'].includes(x.path))) expect(check(k.form, { ...k.blank(), name: k.path === 'reasons' ? { en: 'x' } : 'x' }), k.path).toEqual({})
})

test('ids are of the form the server takes', () => {
  const id = /^[a-z0-9][a-z0-9._-]{0,63}$/
  for (const name of ['After sales', '售后', 'Ünïcode!!', 'x'.repeat(200), '']) expect(newId('queue', name, [])).toMatch(id)
  expect(newId('queue', 'After sales', [])).toBe('after-sales')
  expect(newId('queue', 'After sales', ['after-sales'])).toMatch(/^after-sales-[0-9a-f]{8}$/)
  expect(newId('webhook', 'CRM', undefined)).toMatch(/^crm-[0-9a-f]{8}$/)
})

test('a new document never takes the place of one there is', () => {
  const d = { agents: [{ id: 'ann' }], queues: [], teams: [], inboxes: [], tags: [], skills: [], canned: [{ id: 'thanks' }], calendars: [{ id: 'office' }], reasons: [{ id: 'break' }] } as unknown as Directory
  expect(newId('reason', 'Break', taken('reasons', d))).toMatch(/^break-[0-9a-f]{8}$/)
  expect(newId('agent', 'Ann', taken('agents', d))).toMatch(/^ann-[0-9a-f]{8}$/)
  for (const path of ['webhooks', 'policies', 'calendars', 'alerts', 'canned'] as const) expect(taken(path, d), path).toBeUndefined()
})

test('a reason needs a name in one language, and is called by the reader’s where there are two', () => {
  const reasons = kinds.find(k => k.path === 'reasons')!
  expect(Object.keys(check(reasons.form, reasons.blank()))).toEqual(['name.zh-CN', 'name.en'])
  expect(check(reasons.form, { ...reasons.blank(), name: { 'en': '', 'zh-CN': '盘点' } })).toEqual({})
  expect(nameOf({ name: { 'en': 'Stock-taking', 'zh-CN': '盘点' } }, 'zh-CN')).toBe('盘点')
  expect(nameOf({ name: { en: 'Stock-taking' } }, 'zh-CN')).toBe('Stock-taking')
  expect(nameOf({ title: 'Hello' }, 'en')).toBe('Hello')
})
