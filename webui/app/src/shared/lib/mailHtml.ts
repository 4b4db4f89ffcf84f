// A mail's HTML on its way into the sandboxed frame. The server has cleaned it; this is the second pair of eyes, puts
// inline images in their place and keeps remote ones out until the reader asks for them: they tell the sender who reads.
import DOMPurify from 'dompurify'
import type { Attachment } from '../api/types'

export interface PreparedHtml { html: string, blocked: number }

const forbid = ['script', 'iframe', 'frame', 'object', 'embed', 'form', 'input', 'button', 'select', 'textarea', 'base', 'meta', 'link', 'video', 'audio', 'svg', 'math', 'dialog']

// The cleaner holds every attribute against this, so plain values (border=1) must pass beside the schemes.
const uris = /^(?:(?:https?|mailto|tel|cid):|data:image\/(?:png|gif|jpe?g|webp);|[^a-z]|[a-z+.-]+(?:[^a-z+.\-:]|$))/i

export function prepareHtml(html: string, attachments: Attachment[], remote: boolean): PreparedHtml {
  const byId = new Map(attachments.map(a => [a.content_id.toLowerCase(), a.url]))
  const root = DOMPurify.sanitize(html, { FORBID_TAGS: forbid, FORBID_ATTR: ['srcset', 'ping'], ADD_ATTR: ['target', 'data-remote-src'], ALLOW_DATA_ATTR: false, ALLOWED_URI_REGEXP: uris, RETURN_DOM_FRAGMENT: true })
  let blocked = 0
  for (const img of root.querySelectorAll('img')) {
    const far = img.getAttribute('data-remote-src') ?? '' // the mail room moved remote addresses here
    img.removeAttribute('data-remote-src')
    const src = img.getAttribute('src') ?? far
    const cid = /^cid:(.+)$/i.exec(src)?.[1]
    if (cid) img.setAttribute('src', byId.get(decodeURIComponent(cid).toLowerCase()) ?? '')
    else if (/^(?:https?:)?\/\//i.test(src) && !remote) { blocked++; img.removeAttribute('src'); img.setAttribute('class', 'yd-blocked') }
    else if (far && !img.hasAttribute('src')) img.setAttribute('src', src)
  }
  if (!remote) blocked += [...root.querySelectorAll('[style*="url("], [background]')].length
  for (const a of root.querySelectorAll('a[href]')) { a.setAttribute('target', '_blank'); a.setAttribute('rel', 'noopener noreferrer nofollow') }
  const box = document.createElement('div')
  box.append(root)
  return { html: box.innerHTML, blocked }
}

/** Whether HTML says no more than its text: then the text, set by us, reads better than a frame. */
export function plainEnough(html: string): boolean {
  return !/<(?!\/?(?:p|div|br|span|html|body|head|font|o:p|wbr)\b)[a-z]/i.test(html)
}

/** Our own writing (the composer's few tags), safe to set inline. */
export function ownHtml(html: string): string {
  return DOMPurify.sanitize(html, { ALLOWED_TAGS: ['p', 'br', 'b', 'strong', 'i', 'em', 'u', 's', 'a', 'ul', 'ol', 'li', 'blockquote', 'code', 'pre', 'span'], ALLOWED_ATTR: ['href', 'class', 'data-id', 'data-type', 'data-label'], ALLOWED_URI_REGEXP: uris })
}

/** How a mail is set in its frame, on white paper or in the page's own look. The frame says which scheme it is in: where
 * that is not the page's, the browser lays white under it, and a dark page's light words would stand on white. */
export function frameStyle(paper: boolean, page: Pick<CSSStyleDeclaration, 'colorScheme' | 'getPropertyValue'>): string {
  const ink = paper ? '#191c21' : page.getPropertyValue('--text')
  const link = paper ? '#3748a9' : page.getPropertyValue('--accent-text')
  return `html{color-scheme:${paper ? 'light' : page.colorScheme || 'normal'}}body{margin:0;${paper ? 'padding:12px;background:#fff;' : ''}font:14px/1.6 ${page.getPropertyValue('--font-han')};color:${ink};overflow-wrap:anywhere}td,th{overflow-wrap:break-word}a{color:${link};overflow-wrap:anywhere}img{max-width:100%;height:auto}table{max-width:100%}pre{white-space:pre-wrap}.yd-blocked{display:inline-block;min-width:24px;min-height:16px;border:1px dashed #868c98;border-radius:4px}p{margin:0 0 .5em}`
}

/** The document of the frame. Its own policy holds even if a tag slipped through: no script, no request but our own images. */
export function frameDocument(html: string, style: string): string {
  return `<!doctype html><html><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'"><base target="_blank"><style>${style}</style></head><body>${html}</body></html>`
}
