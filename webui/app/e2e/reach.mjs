// Who enlarges the page, works by keys alone or brings their own colours finds everything, and stands where they stood.
import { openDesk, tidy } from './browser.mjs'
import { inboxAddress, sendMail, until } from './world.mjs'

const ok = (is, what) => { if (!is) throw new Error(what) }
const held = (page, css) => page.waitForFunction(c => document.activeElement?.matches(c), css, { timeout: 5000 }).catch(() => { throw new Error(`the focus is not at ${css}`) })

export async function reach({ browser, desk, look }) {
  const w = await openDesk(browser, look, desk.base, 'lea', '/inbox/all')
  await tidy(w)
  const subject = `Reach ${Math.random().toString(36).slice(2, 8)}`
  await sendMail(desk.smtp, 'reach@example.com', inboxAddress, subject, 'Hello')
  const row = w.page.locator('.rows .row', { hasText: subject })
  await row.waitFor({ timeout: 45_000 })
  await w.page.setViewportSize({ width: 800, height: 700 }) // a page twice as large
  await row.click()
  await w.page.locator('.thread h1').waitFor()
  for (const [toggle, pane] of [['.lists-toggle', '.lists'], ['.thread .panel-toggle', '.panel']]) {
    await w.page.locator(`${toggle} button`).click()
    await held(w.page, `${pane} :is(a, button)`)
    await w.page.keyboard.press('Escape')
    await held(w.page, `${toggle} button`)
  }
  await w.page.keyboard.press('Alt+p') // one's own state has a button here, too
  await w.page.locator('[role=menu]').waitFor()
  await w.page.keyboard.press('Escape')
  await held(w.page, '.list .bar [aria-keyshortcuts="Alt+P"]')
  await row.focus()
  await w.page.keyboard.press('e')
  await row.waitFor({ state: 'detached' })
  await until('the focus to have a place', () => w.page.evaluate(() => document.activeElement !== document.body), 5000)

  await w.page.emulateMedia({ forcedColors: 'active' })
  await w.page.setViewportSize({ width: 1024, height: 768 })
  await w.page.goto('/board')
  const chart = w.page.locator('#outlook svg').first()
  await w.page.locator('#outlook').waitFor()
  if (await chart.count()) {
    const small = await chart.evaluate(s => Math.min(...[...s.querySelectorAll('text')].map(t => parseFloat(getComputedStyle(t).fontSize) * s.getScreenCTM().a)))
    ok(small >= 10.9, `the forecast writes in ${small} px`)
  }
  await w.page.goto('/settings/account')
  const unseen = await w.page.locator('[role=switch]').first().evaluate((s) => {
    const [track, thumb] = [s, s.querySelector('[data-slot=thumb]')].map(e => getComputedStyle(e).backgroundColor)
    return track === thumb ? track : ''
  })
  ok(!unseen, `a switch and its thumb are both ${unseen}`)
  ok(!w.errors.length, w.errors.join('\n'))
  await w.context.close()
}
