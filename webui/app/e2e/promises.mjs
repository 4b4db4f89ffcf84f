// What is promised and who is told: webhooks, an SLA policy's ladder and its waivers, one's own notices, reasons for being
// away, and how good told waits were. Selectors are by role and structure, never by words.
import { createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import { openDesk, tidy } from './browser.mjs'
import { inboxAddress, sendMail, until } from './world.mjs'

const token = () => Math.random().toString(36).slice(2, 10)
const ok = (is, what) => { if (!is) throw new Error(what) }
const save = w => w.page.locator('.topbar .btn.primary').click()

/** Another system of the firm, which checks what it is told as the specification says. */
async function startReceiver() {
  const got = []
  const r = { status: 204, got, secret: '' }
  const server = createServer((q, s) => {
    let body = ''
    q.on('data', (d) => { body += d })
    q.on('end', () => {
      const id = q.headers['webhook-id'], at = q.headers['webhook-timestamp']
      const sign = createHmac('sha256', Buffer.from(r.secret.replace('whsec_', ''), 'base64')).update(`${id}.${at}.${body}`).digest('base64')
      got.push({ id, good: q.headers['webhook-signature'] === `v1,${sign}`, body: JSON.parse(body) })
      s.statusCode = r.status
      s.end()
    })
  })
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  return Object.assign(r, { url: `http://127.0.0.1:${server.address().port}/hook`, stop: () => server.close() })
}

/** An administrator makes a webhook, sees its secret once, tries it, sees it fail, and sends one again. */
export async function webhooks({ browser, desk, look, inspect }) {
  const w = await openDesk(browser, look, desk.base, 'admin', '/settings/webhooks/new'), other = await startReceiver(), t = token()
  try {
    await w.page.locator('[data-field=name] input').fill(`CRM ${t}`)
    await w.page.locator('[data-field=url] input').fill('crm')
    await w.page.locator('.hookevents input[value=opened]').check()
    await save(w)
    await w.page.locator('[data-field=url] .problem').waitFor() // a word is no address, and nothing was sent
    await w.page.locator('[data-field=url] input').fill(other.url)
    await save(w)
    await w.page.waitForURL(/\/settings\/webhooks\/crm-/)
    const id = w.page.url().split('/').at(-1), part = name => w.page.locator(`[data-part=${name}]`)
    ok(await part('test').locator('button').isDisabled(), 'it could be tried without a secret')
    await part('secret').locator('.btn.primary').click()
    other.secret = (await part('secret').locator('code').innerText()).trim()
    ok(other.secret.startsWith('whsec_'), `got ${other.secret}, want a secret`)
    await part('secret').locator('.copyline + .btn').click()
    await part('secret').locator('code').waitFor({ state: 'detached' })
    await part('test').locator('button').click()
    await part('test').locator('[data-result=delivered]').waitFor()
    const first = other.got.find(x => x.body.kind === 'test'), row = part('deliveries').locator(`li[data-delivery="${first?.id}"]`)
    ok(first?.good, 'the test was not signed as it should be')
    await row.locator('> .btn').click()
    await until('the same once more', () => other.got.filter(x => x.good && x.id === first.id).length === 2)
    other.status = 500
    await part('test').locator('button').click()
    await part('test').locator('.notgood').waitFor()
    await until('the page to say that it fails', () => part('health').locator('.notgood').first().isVisible())
    await inspect(w, 'webhook', look)
    await row.locator('.hookrow').click()
    await w.page.locator('.hookbody', { hasText: '"kind": "test"' }).waitFor()
    await inspect(w, 'webhook-delivery', look)
    await w.page.goto('/settings/webhooks')
    await w.page.locator(`a[data-id="${id}"][data-state=failing]`).waitFor()
    await w.api('DELETE', `/settings/webhooks/${id}?version=${(await w.api('GET', `/settings/webhooks/${id}`)).version}`)
  } finally { other.stop() }
  await w.context.close()
}

/** A policy wants two people to waive; it tells one more, and is tried first. A promise is waived, agreed to, taken back. */
export async function promises({ browser, desk, look, inspect }) {
  const ann = await openDesk(browser, look, desk.base, 'ann', '/inbox/mine', 'away')
  const boss = await openDesk(browser, look, desk.base, 'admin', '/settings/policies/email-24h'), t = token()
  const before = await boss.api('GET', '/settings/policies/email-24h')
  const ladder = boss.page.locator('[data-field=ladder]'), step = ladder.locator('.ladder li').last()
  await ladder.locator('.ladder > button').click()
  await step.locator('.tos select').selectOption('mail')
  await step.locator('input[type=email]').fill('duty')
  await step.locator('input[type=email]').press('Tab')
  await step.locator('.problem').waitFor()
  await step.locator('input[type=email]').fill('duty@corner-shop.example')
  await step.locator('input[type=email]').press('Tab')
  await step.locator('.problem').waitFor({ state: 'detached' })
  await boss.page.locator('[data-field=waiver_approval] [role=switch]').click()
  await boss.page.locator('[data-part=dry] button[type=submit]').click()
  await boss.page.locator('[data-part=dry] [role=status]').waitFor()
  await inspect(boss, 'policy', look)
  await save(boss)
  await until('the policy to be in force', async () => { const { doc } = await boss.api('GET', '/settings/policies/email-24h'); return doc.waiver_approval && doc.ladder.length === (before.doc.ladder ?? []).length + 1 })

  await sendMail(desk.smtp, `waive-${t}@example.com`, inboxAddress, `Waive ${t}`, 'Hello')
  const lea = await openDesk(browser, look, desk.base, 'lea', '/board')
  const c = await until('the mail', async () => (await lea.api('GET', '/conversations?list=all&status=active&limit=100')).items.find(x => x.subject === `Waive ${t}`))
  await lea.page.goto(`/inbox/all/${c.id}`)
  const line = lea.page.locator('.prom .waiver').first()
  await line.locator('.link').click()
  await lea.page.getByRole('dialog').locator('textarea').fill('A power cut.')
  await lea.page.getByRole('dialog').locator('.btn.primary').click()
  await lea.page.locator('.prom .waiver[data-waiver=asked]').waitFor()
  await boss.page.goto('/board')
  await boss.page.locator('.topbar a[href="/board/waivers"]').click()
  const asked = boss.page.locator(`.waivers li[data-conversation="${c.id}"]`)
  await asked.waitFor()
  await inspect(boss, 'waivers', look)
  await asked.locator('.waiver .btn').first().click()
  await asked.waitFor({ state: 'detached' })
  await lea.page.locator('.prom .waiver[data-waiver=waived]').waitFor()
  await inspect(lea, 'waived', look)
  await lea.page.locator('.prom .waiver[data-waiver=waived] .link').click()
  await until('the promise to count again', async () => (await lea.api('GET', `/conversations/${c.id}`)).clocks.every(k => k.waiver?.state !== 'waived'))
  await boss.api('PUT', '/settings/policies/email-24h', { version: (await boss.api('GET', '/settings/policies/email-24h')).version, doc: before.doc })
  await tidy(lea)
  for (const x of [boss, lea, ann]) await x.context.close()
}

/** An agent's hours for mail, a reason for being away written anew and back, and how good told waits were. */
export async function duty({ browser, desk, look, inspect }) {
  const ann = await openDesk(browser, look, desk.base, 'ann', '/my-day', 'away')
  await ann.page.locator('.rail .end .railbtn').last().click()
  await ann.page.getByRole('menuitem').nth(1).click()
  await ann.page.locator('#n-hours').click()
  await ann.page.locator('#notices input[type=time]').first().fill('08:30')
  await inspect(ann, 'notices', look)
  await ann.page.getByRole('dialog').locator('.btn.primary').click()
  await until('the hours to be kept', async () => (await ann.api('GET', '/me/notices')).from === '08:30')
  await ann.api('PUT', '/me/notices', { no_mail: false, zone: '', from: '', to: '' })

  const boss = await openDesk(browser, look, desk.base, 'admin', '/settings/reasons')
  const changed = await boss.api('GET', '/settings/reasons/lunch').catch(() => undefined) // a try before this one left it
  if (changed) await boss.api('DELETE', `/settings/reasons/lunch?version=${changed.version}`)
  const lunch = async () => (await boss.api('GET', '/directory')).reasons.find(r => r.id === 'lunch').max_min
  const usual = await lunch()
  await boss.page.locator('.doclist a[data-id=lunch]').click()
  await boss.page.locator('[data-field=max_min] input').fill('45')
  await save(boss)
  await until('lunch to end by itself', async () => await lunch() === 45)
  await inspect(boss, 'reason', look)
  await boss.page.locator('.sec.end .btn').click()
  await boss.page.getByRole('dialog').locator('.btn.danger').click()
  await until('lunch to be as usual', async () => await lunch() === usual)

  const lea = await openDesk(browser, look, desk.base, 'lea', '/reports')
  await lea.page.locator('.topbar a[href="/reports/waits"]').click()
  await lea.page.locator('.waits table, .empty h2').first().waitFor()
  await inspect(lea, 'waits', look)
  for (const x of [ann, boss, lea]) await x.context.close()
}
