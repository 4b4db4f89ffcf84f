// The world around the journeys: the real binary on a folder of its own, its mail, its phone, and a browser.
import { spawn } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const password = 'corner-shop-demo'
export const who = role => `${role}@corner-shop.example`
export const inboxAddress = 'support@corner-shop.example'

/** A free loopback port. */
function freePort() {
  return new Promise((resolve, reject) => {
    const s = createServer().once('error', reject)
    s.listen(0, '127.0.0.1', () => { const { port } = s.address(); s.close(() => resolve(port)) })
  })
}

/** Asks again until the answer is truthy; the last thing seen is in the error. */
export async function until(what, ask, ms = 20_000) {
  const end = Date.now() + ms
  let last
  while (Date.now() < end) {
    try { last = await ask(); if (last) return last } catch (e) { last = e }
    await new Promise(r => setTimeout(r, 150))
  }
  throw new Error(`waited ${ms / 1000} s for ${what}${last instanceof Error ? `: ${last.message}` : ''}`)
}

/** Starts `yingda demo` with nobody on the street. */
export async function startDesk(binary) {
  const data = mkdtempSync(join(tmpdir(), 'desk-')), port = await freePort(), base = `http://127.0.0.1:${port}`
  const child = spawn(binary, ['demo', '--quiet-street', '--listen', `127.0.0.1:${port}`, '--data', data], { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = '', over
  child.stdout.on('data', d => { said += d })
  child.stderr.on('data', d => { said += d })
  child.on('exit', (code) => { over = code ?? 0 })
  child.on('error', (e) => { over = e.message })
  const smtp = await until('the desk to open', () => {
    if (over !== undefined) throw new Error(`it ended (${over}): ${said}`)
    return /--server 127\.0\.0\.1:(\d+)/.exec(said)?.[1]
  }, 60_000)
  await until('the page', async () => (await fetch(`${base}/api/v1/me`)).status === 401)
  return {
    base, data, smtp: Number(smtp), said: () => said,
    async stop() {
      if (over === undefined) { child.kill('SIGTERM'); await until('the desk to stop', () => over !== undefined, 15_000).catch(() => child.kill('SIGKILL')) }
      rmSync(data, { recursive: true, force: true })
    },
  }
}

/** Hands one mail to the demo's server, line by line (RFC 5321). */
export function sendMail(port, from, to, subject, text, more = []) {
  const body = [`From: Journey <${from}>`, `To: <${to}>`, `Subject: ${subject}`, `Message-ID: <${Date.now()}.${Math.random().toString(36).slice(2)}@journey.example>`, `Date: ${new Date().toUTCString()}`, 'MIME-Version: 1.0', 'Content-Type: text/plain; charset=utf-8', 'Content-Transfer-Encoding: 8bit', ...more, '', ...text.split('\n'), '.'].join('\r\n')
  const steps = ['EHLO journey.example', `MAIL FROM:<${from}>`, `RCPT TO:<${to}>`, 'DATA', body, 'QUIT']
  return new Promise((resolve, reject) => {
    const s = connect(port, '127.0.0.1')
    let seen = '', n = 0
    s.setTimeout(10_000, () => s.destroy(new Error('the mail server is silent')))
    s.on('error', reject)
    s.on('data', (d) => {
      seen += d
      const last = seen.trimEnd().split('\r\n').at(-1)
      if (!seen.endsWith('\r\n') || !/^\d{3} /.test(last)) return
      if (/^[45]/.test(last)) { s.destroy(); reject(new Error(`mail refused: ${last}`)); return }
      seen = ''
      if (n < steps.length) s.write(`${steps[n++]}\r\n`)
      else { s.end(); resolve() }
    })
  })
}

/** Every mail of a mailbox, as it lies there. */
function mailsOf(data, address) {
  const dir = join(data, 'mail', address)
  if (!existsSync(dir)) return []
  return readdirSync(dir, { recursive: true, withFileTypes: true }).filter(f => f.isFile()).map(f => readFileSync(join(f.parentPath ?? f.path, f.name), 'latin1'))
}

/** Whether a mail that holds `text` lies in the mailbox, as sent or in base64 or quoted-printable. */
export function mailHolds(data, address, text) {
  return mailsOf(data, address).some((raw) => {
    const blocks = raw.match(/(?:[A-Za-z0-9+/=]{40,}\r?\n)+[A-Za-z0-9+/=]*/g) ?? []
    return [raw, raw.replace(/=\r?\n/g, ''), ...blocks.map(b => Buffer.from(b, 'base64').toString('utf8'))].some(x => x.includes(text))
  })
}

/** A header of the first mail of a mailbox that has it, its address alone where it has a name; empty: none. */
export function mailHeader(data, address, name) {
  const line = mailsOf(data, address).map(raw => new RegExp(`^${name}:[ \\t]*((?:.*)(?:\\r?\\n[ \\t].*)*)`, 'im').exec(raw)?.[1]).find(Boolean) ?? ''
  const flat = line.replace(/\r?\n[ \t]+/g, ' ').trim()
  return /^reply-to$/i.test(name) ? /<([^<>]+)>\s*$/.exec(flat)?.[1] ?? flat : flat
}

/** One signed event of the demo's telephone exchange. */
export async function phone(base, event) {
  const t = Math.floor(Date.now() / 1000), body = JSON.stringify({ at: new Date().toISOString(), direction: 'in', to: '4008001234', ...event })
  const v1 = createHmac('sha256', 'demo-webhook-secret').update(`${t}.${body}`).digest('hex')
  const r = await fetch(`${base}/hooks/voice/hotline`, { method: 'POST', headers: { 'Content-Type': 'application/json', 'Yingda-Signature': `t=${t},v1=${v1}` }, body })
  if (!r.ok) throw new Error(`the webhook answered ${r.status}: ${await r.text()}`)
  return r.json()
}
