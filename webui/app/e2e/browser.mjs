// Browsers, people signed in, and what every page must withstand: axe and a look in two sizes.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { AxeBuilder } from '@axe-core/playwright'
import { chromium } from 'playwright-core'
import { password, who } from './world.mjs'

const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']

// The toaster's guards take the focus only to hand it on at once; axe cannot see that.
const focusProxies = '[role=region] > span[aria-hidden=true]'

export const openBrowser = () => chromium.launch({ executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium', args: flags })

/** A window with a language and a theme of its own; nothing is shared with others. */
export async function openWindow(browser, look, base) {
  const context = await browser.newContext({ baseURL: base, viewport: { width: 1440, height: 900 }, locale: look.locale, colorScheme: look.theme, timezoneId: 'Asia/Shanghai', reducedMotion: 'reduce' })
  await context.addInitScript(([locale, theme]) => {
    try {
      localStorage.setItem('yingda.locale', locale)
      localStorage.setItem('yingda.theme', theme)
      localStorage.setItem('yingda.sound', 'off')
    } catch { /* a sandboxed frame has no storage */ }
  }, [look.locale, look.theme])
  const page = await context.newPage()
  const errors = []
  page.on('pageerror', e => errors.push(e.message))
  page.on('console', (m) => { if (m.type() === 'error' && !/Failed to load resource/.test(m.text())) errors.push(m.text()) })
  return { context, page, errors, api: apiOf(context, base) }
}

/** The API with the window's own cookie. */
function apiOf(context, base) {
  return async (method, path, data) => {
    const r = await context.request.fetch(`${base}/api/v1${path}`, { method, headers: { Origin: base }, ...(data === undefined ? {} : { data }) })
    const text = await r.text()
    if (!r.ok()) throw new Error(`${method} ${path} answered ${r.status()}: ${text}`)
    return text ? JSON.parse(text) : undefined
  }
}

/** A person at their console, signed in without the form. */
export async function openDesk(browser, look, base, role, path = '/inbox/mine', presence = '') {
  const w = await openWindow(browser, look, base)
  await w.api('POST', '/auth/sign-in', { email: who(role), password })
  if (presence) await w.api('PUT', '/me/presence', { state: presence })
  await w.page.goto(path)
  return w
}

/** Work left over from a journey before is put away, so that hands are free. */
export async function tidy(w) {
  for (const c of (await w.api('GET', '/conversations?list=all&status=active&limit=100')).items) {
    await w.api('PATCH', `/conversations/${c.id}`, { version: c.version, status: 'resolved' }).catch(() => {}) // somebody else may have been faster
  }
}

/** In the page: waits for what moves and will soon stand. */
const settled = () => Promise.all(document.getAnimations().filter(a => (a.effect?.getComputedTiming().endTime ?? Infinity) < 2000).map(a => a.finished.catch(() => {}))).then(() => {})

/** In the page: what scrolls down and is wider than it shows, or than the window, and a bar higher than it shows: an edge is out of sight. */
const sideways = () => [...document.querySelectorAll('main, .setbody, .topbar')]
  .map(e => [e.className || e.localName, Math.ceil(Math.max(e.scrollWidth - e.clientWidth, e.getBoundingClientRect().right - innerWidth, e.matches('.topbar') ? e.scrollHeight - e.clientHeight : 0))])
  .filter(([, px]) => px > 1).map(([name, px]) => `${name}: ${px} px out of sight`)

export function inspector(folder) {
  mkdirSync(folder, { recursive: true })
  /** Looks at the page in two sizes: serious and critical findings of axe, and pages wider than the window, fail. */
  return async function inspect(w, name, look) {
    const found = [...w.errors]
    for (const [width, height] of [[1440, 900], [390, 844]]) {
      await w.page.setViewportSize({ width, height })
      await w.page.waitForTimeout(250) // panes move to their new places
      await w.page.evaluate(settled) // what fades has no colours to be judged by
      await w.page.screenshot({ path: join(folder, `${name}-${look.locale}-${look.theme}-${width}.png`) })
      const { violations } = await new AxeBuilder({ page: w.page }).exclude(focusProxies).analyze()
      for (const v of violations.filter(x => x.impact === 'serious' || x.impact === 'critical')) found.push(`${width}px ${v.id}: ${v.nodes.slice(0, 3).map(n => n.target.join(' ')).join(' | ')}`)
      const over = await w.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      if (over > 0) found.push(`${width}px: ${over} px too wide`)
      // The console's panes scroll, its window never: a link into a page would take the bars away with it.
      const moves = await w.page.evaluate(() => document.querySelector('.frame') ? document.documentElement.scrollHeight - innerHeight : 0)
      if (moves > 0) found.push(`${width}px: the window can be moved by ${moves} px`)
      found.push(...(await w.page.evaluate(sideways)).map(x => `${width}px: ${x}`))
    }
    await w.page.setViewportSize({ width: 1440, height: 900 })
    if (found.length) throw new Error(`${name}: ${found.join('\n      ')}`)
  }
}
