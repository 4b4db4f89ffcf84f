// A queue's routing policy, from the first rule to the way back. Selectors are by role and structure, never by words.
import { openDesk, tidy } from './browser.mjs'
import { inboxAddress, sendMail, until } from './world.mjs'

const token = () => Math.random().toString(36).slice(2, 10)
const ok = (is, what) => { if (!is) throw new Error(what) }

/** A supervisor writes a rule, hears what is wrong with it, publishes it, sees it work, and rolls it back. */
export async function routing({ browser, desk, look, inspect }) {
  const ann = await openDesk(browser, look, desk.base, 'ann', '/inbox/mine', 'away')
  const w = await openDesk(browser, look, desk.base, 'lea', '/settings/routing')
  await tidy(w)
  const t = token(), live = async () => (await w.api('GET', '/settings/routing/aftercare').catch(() => undefined))
  const left = await live() // what a try that failed left behind
  if (left) await w.api('DELETE', `/settings/routing/aftercare?version=${left.version}`)
  const draft = await w.api('GET', '/settings/routing/aftercare/draft').catch(() => undefined)
  if (draft) await w.api('DELETE', `/settings/routing/aftercare/draft?version=${draft.version}`)
  await w.page.locator('.doclist a[data-id=aftercare]').click()
  const cards = w.page.locator('.rulecard')
  const write = async (name) => {
    const n = await cards.count()
    await w.page.locator('.rules + button').click()
    await cards.nth(n).locator('[data-field=name] input').fill(name)
  }
  await write(`Refunds ${t}`)
  await cards.last().locator('[data-field="when.words"] textarea').fill(`refund-${t}\n退款-${t}`)
  await cards.last().locator('[data-field=boost_min] input').fill('90')
  await write(`Rest ${t}`)
  await write(`Refunds ${t}`) // a name that stands twice is refused, at its rule
  await cards.last().locator('.rfind .vh').first().waitFor()
  await until('publishing to be refused', async () => await w.page.locator('.topbar .btn.primary').isDisabled())
  await inspect(w, 'routing-error', look)
  await cards.last().locator('[data-field=name] input').fill(`Late ${t}`) // it is shadowed by the rule before it: a warning
  await until('a warning, and no error', async () => await cards.last().locator('.rfind .heed').count() > 0 && await w.page.locator('.rfind .problem').count() === 0)
  await cards.last().locator('.grip').press('ArrowUp')
  await until('the rule to be before', async () => (await cards.nth(await cards.count() - 2).innerText()).includes(`Late ${t}`))
  ok(await w.page.evaluate(() => document.activeElement?.classList.contains('grip')), 'the focus did not go with the rule')
  await inspect(w, 'routing-rules', look)
  await w.page.keyboard.press('Control+s')
  await until('the draft to be kept', async () => (await w.api('GET', '/settings/routing/aftercare/draft')).doc.rules.some(r => r.name === `Late ${t}`))
  ok(!await live(), 'a draft was in force')
  await w.page.locator('.topbar .btn.primary').click()
  await w.page.locator('.rdiff li', { hasText: `Refunds ${t}` }).waitFor()
  await w.page.locator('.rpublish .rask button').click()
  await w.page.locator('.rpublish .rfore, .rpublish .sec .problem').first().waitFor({ timeout: 30_000 }) // yesterday may have been empty: then that is said
  await inspect(w, 'routing-publish', look)
  await w.page.getByRole('dialog').locator('.btn.primary').click()
  await until('the policy to be in force', live)
  await sendMail(desk.smtp, `plain-${t}@example.com`, inboxAddress, `Plain ${t}`, 'Hello')
  await sendMail(desk.smtp, `back-${t}@example.com`, inboxAddress, `Back ${t}`, `I want a refund-${t}`)
  await w.page.goto('/settings/routing/aftercare?tab=line')
  await w.page.locator('.rline li', { hasText: `Plain ${t}` }).waitFor({ timeout: 45_000 })
  await until('the boosted mail to stand first', async () => (await w.page.locator('.rline li').first().innerText()).includes(`Back ${t}`), 45_000)
  await inspect(w, 'routing-line', look)
  const first = (await live()).version
  await w.page.goto('/settings/routing/aftercare')
  await cards.last().locator('.racts button').last().click()
  await w.page.locator('.topbar .btn.primary').click()
  await w.page.getByRole('dialog').locator('.btn.primary').click()
  await until('the second version', async () => (await live()).version > first)
  await w.page.goto('/settings/routing/aftercare?tab=versions')
  await w.page.locator('.rversions > li').nth(1).locator('.btn').first().click()
  await w.page.locator('.rvdiff .rdiff li').first().waitFor()
  await inspect(w, 'routing-versions', look)
  await w.page.locator('.rversions > li').nth(1).locator('.btn').last().click()
  await until('the first version to be back', async () => { const now = await live(); return now.version > first + 1 && now.doc.rules.some(r => r.name === `Rest ${t}`) })
  await w.api('DELETE', `/settings/routing/aftercare?version=${(await live()).version}`)
  await tidy(w)
  for (const x of [w, ann]) await x.context.close()
}
