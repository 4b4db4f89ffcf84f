import { expect, test } from 'vitest'
import type { Attachment } from '../api/types'
import { frameDocument, frameStyle, plainEnough, prepareHtml } from './mailHtml'

const file = { content_id: 'Logo@x', url: '/api/v1/files/abc?message=1' } as Attachment

test('remote images wait until they are asked for', () => {
  const mail = '<p>Hi</p><img src="https://spy.example/p.gif"><img src="cid:logo@x">'
  const shut = prepareHtml(mail, [file], false)
  expect(shut.blocked).toBe(1)
  expect(shut.html).not.toContain('spy.example')
  expect(shut.html).toContain('/api/v1/files/abc?message=1')
  const open = prepareHtml(mail, [file], true)
  expect(open.blocked).toBe(0)
  expect(open.html).toContain('spy.example')
})

// What the cleaner removes is tried in a real browser (the journeys): the test's DOM does not parse like one.
test('the frame refuses scripts by its own policy', () => {
  expect(frameDocument('<p></p>', '')).toContain("default-src 'none'; img-src 'self' data:;")
})

test('paragraphs alone are read as text', () => {
  expect(plainEnough('<html><body><p>Hello<br>there</p></body></html>')).toBe(true)
  expect(plainEnough('<p>See <a href="https://x">this</a></p>')).toBe(false)
  expect(plainEnough('<table><tr><td>1</td></tr></table>')).toBe(false)
})

test('a picture the mail room set aside is counted and stays away until asked for (UP-X2)', () => {
  const mail = '<p>x</p><img data-remote-src="https://tracker.example/p.gif" width="1">'
  const shut = prepareHtml(mail, [], false)
  expect(shut.blocked).toBe(1)
  expect(shut.html).not.toContain('tracker')
  expect(prepareHtml(mail, [], true).html).toContain('src="https://tracker.example/p.gif"')
})

test('a frame stands in the scheme of the page, or on white paper with dark words', () => {
  const page = { colorScheme: 'dark', getPropertyValue: (k: string) => k === '--text' ? '#e9ebee' : '#fff' } as unknown as CSSStyleDeclaration
  expect(frameStyle(false, page)).toMatch(/^html\{color-scheme:dark\}.*color:#e9ebee/)
  expect(frameStyle(true, page)).toMatch(/^html\{color-scheme:light\}.*background:#fff;.*color:#191c21/)
})
