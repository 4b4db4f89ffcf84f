// What people do, from the first click to what really happened outside. Selectors are by role in the page and by
// structure, never by words: each journey runs in both languages.
import { openDesk, openWindow, tidy } from './browser.mjs'
import { inboxAddress, mailHolds, password, phone, sendMail, until, who } from './world.mjs'

const token = () => Math.random().toString(36).slice(2, 10)
const ok = (is, what) => { if (!is) throw new Error(what) }

async function acceptOffer(page) {
  await page.locator('.offer .acts .btn.primary').first().click({ timeout: 20_000 })
}
/** The open conversation's id, once accepting has opened it or its row is chosen. */
async function openFirst(page) {
  await until('a conversation to be open', async () => {
    if (/\/inbox\/\w+\/[^/?]+/.test(page.url())) return true
    const row = page.locator('.rows a.row, .rows .row a, .rows .row').first()
    if (await row.count()) await row.click()
    return false
  })
  return /\/inbox\/\w+\/([^/?]+)/.exec(page.url())[1]
}

export async function signIn({ browser, desk, look, inspect }) {
  const w = await openWindow(browser, look, desk.base)
  await w.page.goto('/contacts')
  await w.page.waitForURL(/\/sign-in/)
  await w.page.fill('input[name=email]', who('ann'))
  await w.page.fill('input[name=password]', `not-${password}`)
  await w.page.click('button[type=submit]')
  await w.page.locator('#problem .num').waitFor()
  await inspect(w, 'sign-in', look)
  await w.page.fill('input[name=password]', password)
  await w.page.click('button[type=submit]')
  await w.page.waitForURL(/\/contacts$/)
  await w.page.locator('.topbar h1').waitFor()
  await w.context.close()
}

/** The demo gives mail to agents at once; here it is offered, so that accepting is walked too. */
async function offerMail(browser, look, desk) {
  const w = await openDesk(browser, look, desk.base, 'admin', '/settings/account')
  const { version, doc } = await w.api('GET', '/settings/queues/aftercare')
  if (doc.auto_accept.length) await w.api('PUT', '/settings/queues/aftercare', { version, doc: { ...doc, auto_accept: [] } })
  await w.context.close()
}

export async function mail({ browser, desk, look, inspect }) {
  await offerMail(browser, look, desk)
  const w = await openDesk(browser, look, desk.base, 'ann', '/inbox/mine', 'available')
  await tidy(w)
  const t = token(), customer = `customer-${t}@example.com`
  await sendMail(desk.smtp, customer, inboxAddress, `Question ${t}`, `Does the grinder ${t} fit?\n这台磨豆机合适吗？`)
  await acceptOffer(w.page)
  const id = await openFirst(w.page)
  await w.page.getByText(`Does the grinder ${t} fit?`).first().waitFor()
  await inspect(w, 'mail', look)
  await w.page.evaluate(() => document.activeElement?.blur())
  await w.page.keyboard.press('t') // a key opens it, the next one writes
  await w.page.locator('#transfer input[type=search]:focus').waitFor()
  await w.page.keyboard.press('Escape')
  await w.page.locator('#transfer').waitFor({ state: 'detached' })
  const field = w.page.locator('.composer .richfield [contenteditable=true]')
  await field.click()
  await w.page.keyboard.type(`Yes, it fits: answer-${t}.`)
  await w.context.setOffline(true) // nobody answers: the words stay here and go by themselves, once
  await w.page.locator('.composer .split .btn.primary').first().click()
  await w.page.locator('.tick.kept').waitFor()
  await w.context.setOffline(false)
  await until('the answer in the customer’s mailbox', () => mailHolds(desk.data, customer, `answer-${t}`), 45_000)
  await until('the answer to be marked sent', async () => (await w.api('GET', `/conversations/${id}/messages`)).items.some(m => m.direction === 'out' && ['sent', 'delivered'].includes(m.delivery) && m.text.includes(`answer-${t}`)))
  await tidy(w)
  await w.context.close()
}

/** What one does with rows: by menu, by key, together; and what is kept of it. */
export async function rows({ browser, desk, look, inspect }) {
  const w = await openDesk(browser, look, desk.base, 'lea', '/inbox/all?medium=email')
  await tidy(w)
  const t = token()
  const row = n => w.page.locator('.rows .row', { hasText: `Row ${n} ${t}` })
  const of = async n => (await w.api('GET', '/conversations?list=all&status=any&limit=20&sort=newest')).items.find(c => c.subject === `Row ${n} ${t}`)
  for (const n of [1, 2]) { // one after the other: due first, so the first stands above
    await sendMail(desk.smtp, `rows-${n}-${t}@example.com`, inboxAddress, `Row ${n} ${t}`, 'Hello')
    await row(n).waitFor({ timeout: 45_000 })
  }
  await row(1).click({ button: 'right' })
  await w.page.locator('.rowmenu').waitFor()
  await inspect(w, 'row-menu', look)
  await w.page.keyboard.press('Escape')
  await row(1).focus()
  await w.page.keyboard.press('Shift+F10')
  await w.page.locator('.rowmenu [aria-haspopup=menu]').nth(1).click()
  await w.page.locator('[role=menuitemcheckbox]').first().click()
  await until('the priority to be urgent', async () => (await of(1)).priority === 'urgent')
  await row(1).focus()
  await w.page.keyboard.press('x')
  await w.page.keyboard.press('j')
  await w.page.keyboard.press('x')
  await w.page.locator('.bulk').waitFor()
  await w.page.keyboard.press('e')
  await until('both to be resolved', async () => (await of(1)).status === 'resolved' && (await of(2)).status === 'resolved')
  await w.page.locator('.filters .btn').last().click()
  await w.page.locator('.viewsave input').fill(`Mails ${t}`)
  await w.page.keyboard.press('Enter')
  await w.page.locator('.viewrow', { hasText: `Mails ${t}` }).waitFor()
  await w.page.goto('/inbox/mine')
  await w.page.locator('.viewrow', { hasText: `Mails ${t}` }).waitFor() // it came back from the server
  await w.page.keyboard.press('1')
  await w.page.waitForURL(/medium=email/)
  await w.api('PUT', '/me/preferences', {})
  await w.page.goto('/search') // what is typed while the address follows stays as it is typed
  const sought = w.page.locator('.searchpage input[type=search]')
  await sought.pressSequentially(`Row 2 ${t}`, { delay: 260 })
  await w.page.locator('.hits .row', { hasText: `Row 2 ${t}` }).first().waitFor()
  ok(await sought.inputValue() === `Row 2 ${t}`, `the field holds ${await sought.inputValue()}`)
  await w.page.locator('.hits .row').first().click()
  await w.page.waitForURL(/\/inbox\/all\//)
  await w.page.goBack()
  await w.page.locator('.hits .row').first().waitFor()
  ok(await sought.inputValue() === `Row 2 ${t}`, 'the way back lost what was sought')
  await w.context.close()
}

/** The widget's inside, opened by its launcher if it is not open. */
async function widget(page) {
  const launcher = page.locator('button.l')
  await launcher.waitFor()
  if (await launcher.getAttribute('aria-expanded') !== 'true') await launcher.click()
  const frame = page.frameLocator('iframe')
  await frame.locator('textarea').waitFor()
  return frame
}

export async function chat({ browser, desk, look, inspect }) {
  const w = await openDesk(browser, look, desk.base, 'ann', '/inbox/mine', 'available')
  await tidy(w)
  const v = await openWindow(browser, look, desk.base)
  const t = token()
  await v.page.goto('/shop')
  let frame = await widget(v.page)
  await frame.locator('textarea').fill(`hello-${t} 在吗`)
  await frame.locator('textarea').press('Enter')
  await acceptOffer(w.page)
  await openFirst(w.page)
  await w.page.locator('.flow').getByText(`hello-${t}`).first().waitFor()
  await w.page.locator('.composer textarea.text').fill(`here-${t}`)
  await w.page.keyboard.press('Enter')
  await frame.getByText(`here-${t}`).first().waitFor({ timeout: 20_000 })
  await inspect(v, 'widget', look)
  await v.page.reload()
  frame = await widget(v.page)
  await frame.getByText(`hello-${t}`).first().waitFor()
  await frame.getByText(`here-${t}`).first().waitFor()
  await frame.locator('textarea').fill(`again-${t}`)
  await frame.locator('textarea').press('Enter')
  await w.page.locator('.flow').getByText(`again-${t}`).first().waitFor({ timeout: 20_000 })
  await inspect(w, 'chat', look)
  await tidy(w) // the end: the visitor says how it was, and the thread shows it
  await frame.locator('.stars label').nth(3).click()
  await frame.locator('form.wish textarea').fill(`fast-${t}`)
  await inspect(v, 'widget-rating', look)
  await frame.locator('form.wish button.primary').click()
  await w.page.locator('.flow').getByText(`fast-${t}`).first().waitFor({ timeout: 20_000 })
  await w.api('PUT', '/me/presence', { state: 'away' })
  await frame.locator('textarea').last().fill(`waiting-${t}`) // nobody is there: the visitor waits, and asks for a mail
  await frame.locator('textarea').last().press('Enter')
  await frame.locator('.ways button').first().click({ timeout: 20_000 })
  await frame.locator('form.wish input[name=email]').fill(`visitor-${t}@example.com`)
  await inspect(v, 'widget-by-mail', look)
  await frame.locator('form.wish button.primary').click()
  await until('the mail of the waiting visitor', async () => (await w.api('GET', '/conversations?list=all&status=active&limit=100')).items.some(c => c.medium === 'email' && c.contact.name.includes(`visitor-${t}`)))
  await tidy(w)
  await v.context.close()
  await w.context.close()
}

export async function call({ browser, desk, look, inspect }) {
  const w = await openDesk(browser, look, desk.base, 'ann', '/inbox/mine', 'available')
  await tidy(w)
  const call_id = `c-${token()}`, from = `1390${String(Date.now()).slice(-7)}`
  const ringing = phone(desk.base, { call_id, type: 'ringing', from })
  await w.page.locator('.offer').first().waitFor({ timeout: 20_000 })
  await inspect(w, 'call-offer', look)
  await acceptOffer(w.page)
  await ringing
  await phone(desk.base, { call_id, type: 'answered', from, extension: '801' })
  const id = await openFirst(w.page)
  await phone(desk.base, { call_id, type: 'ended', from, extension: '801', outcome: 'answered' })
  await until('the call to be noted as answered', async () => (await w.api('GET', `/conversations/${id}/messages`)).items.some(m => m.call && (m.call.outcome === 'answered' || m.call.answered_at)))
  await w.page.locator('.flow .call').first().waitFor()
  await tidy(w)
  await w.context.close()
}

export async function board({ browser, desk, look, inspect }) {
  const ann = await openDesk(browser, look, desk.base, 'ann', '/inbox/mine', 'away')
  const w = await openDesk(browser, look, desk.base, 'lea', '/board')
  await tidy(w)
  const t = token()
  await w.page.locator('#queues .tile').first().waitFor()
  await sendMail(desk.smtp, `waiting-${t}@example.com`, inboxAddress, `Waiting ${t}`, 'Is anybody there?')
  const figure = w.page.locator('.kpis .kpi').nth(2)
  await until('the board to count it', async () => /^[^\d]*1/.test(await figure.innerText()), 30_000)
  const [first, second] = await Promise.all([0, 1].map(i => w.page.locator('#agents .cell').nth(i).boundingBox()))
  if (first.y !== second.y) throw new Error('agents stand below each other where there is room beside')
  await inspect(w, 'board', look)
  await figure.click()
  const row = w.page.locator('.drawer .br').first()
  await row.waitFor()
  const id = await row.getAttribute('data-conversation')
  await row.locator('button').last().click()
  await w.page.getByRole('menuitem').first().click()
  await w.page.locator('.picks label', { hasText: 'Ann' }).click()
  await w.page.locator('button[form=reassign]').click()
  await until('the conversation to be Ann’s', async () => (await w.api('GET', `/conversations/${id}`)).assignee === 'ann')
  await until('the board to show it in hand', async () => (await w.api('GET', '/board')).agents.find(a => a.agent === 'ann').held.length === 1)
  await tidy(w)
  await ann.context.close()
  await w.context.close()
}

export async function settings({ browser, desk, look, inspect }) {
  const w = await openDesk(browser, look, desk.base, 'admin', '/settings/queues')
  const t = token()
  await w.page.locator('.doclist a[data-id=aftercare]').click()
  const name = w.page.locator('[data-field=name] input')
  await name.waitFor()
  const before = await name.inputValue()
  await name.fill('')
  await w.page.locator('.topbar .btn.primary').click()
  await w.page.locator('[data-field=name] .problem').waitFor() // the message stands at the field
  await name.fill(`Queue ${t}`)
  await inspect(w, 'settings', look)
  await w.page.locator('.set nav a[href="/settings/teams"]').click()
  await w.page.getByRole('dialog').locator('.btn.primary').click() // unsaved: stay
  await w.page.locator('.topbar .btn.primary').click()
  await until('the new name to be kept', async () => (await w.api('GET', '/settings/queues/aftercare')).doc.name === `Queue ${t}`)
  await w.page.locator('.hsec ins', { hasText: t }).first().waitFor()
  await name.fill(before)
  await w.page.keyboard.press('Control+s')
  await until('the old name to be back', async () => (await w.api('GET', '/settings/queues/aftercare')).doc.name === before)
  ok(!w.errors.length, w.errors.join('\n'))
  await w.context.close()
}

/** Every kind of settings page stands up to axe and to a phone. */
export async function pages({ browser, desk, look, inspect }) {
  const w = await openDesk(browser, look, desk.base, 'admin', '/settings/account')
  for (const [path, shot] of [['/settings/policies/email-24h', 'policy'], ['/settings/calendars/always-open', 'calendar'], ['/settings/inboxes/support', 'inbox'], ['/settings/agents/ann', 'agent'], ['/settings/account', 'account'], ['/settings/audit', 'audit']]) {
    await w.page.goto(path)
    await w.page.locator('.setbody .sec, .setbody .card').first().waitFor()
    await inspect(w, shot, look)
  }
  await supervised(w, desk, look, inspect)
  ok(!w.errors.length, w.errors.join('\n'))
  await w.context.close()
}

/** What a supervisor reads: alerts, somebody's day, a customer's month. A mail that nobody is there for fills them. */
async function supervised(w, desk, look, inspect) {
  const t = token(), from = `page-${t}@example.com`, rule = { id: `waits-${t}`, name: `Waiting 排队 ${t}`, disabled: false, measure: 'waiting', raise: 1, clear: 0, after_s: 0, least: 0, queues: [], inboxes: [] }
  for (const agent of ['ann', 'bo']) await w.api('PUT', `/agents/${agent}/presence`, { state: 'offline', reason: '' })
  await w.api('PUT', `/settings/alerts/${rule.id}`, { version: 0, doc: rule })
  await sendMail(desk.smtp, from, inboxAddress, `Waits ${t}`, 'Is anybody there?\n有人吗？')
  const mail = await until('the mail', async () => (await w.api('GET', '/conversations?list=all&status=open&sort=newest&limit=20')).items.find(c => c.subject === `Waits ${t}`), 45_000)
  await until('the alert', async () => (await w.api('GET', '/alerts?limit=20')).items.some(a => a.rule === rule.id), 45_000)
  for (const [path, shot, there] of [['/board/alerts', 'alerts', '.alertlist li'], ['/board/agents/ann', 'day', '.daysums'], [`/reports/customers/${mail.contact.id}?month=${new Date().toISOString().slice(0, 7)}`, 'sheet', '.sheet h1']]) {
    await w.page.goto(path)
    await w.page.locator(there).first().waitFor()
    await inspect(w, shot, look)
  }
  await w.api('DELETE', `/settings/alerts/${rule.id}?version=1`)
  await w.api('PATCH', `/conversations/${mail.id}`, { version: (await w.api('GET', `/conversations/${mail.id}`)).version, status: 'resolved' })
}

export async function contacts({ browser, desk, look, inspect }) {
  const w = await openDesk(browser, look, desk.base, 'ann', '/contacts/new')
  const t = token(), address = `new-${t}@example.com`
  const fields = w.page.locator('.contactform input')
  await fields.nth(0).fill(`Customer ${t}${', and a rather long name'.repeat(4)}`)
  await fields.nth(1).fill(address)
  await w.page.locator('.contactform .btn.primary').click()
  await w.page.waitForURL(/\/contacts\/(?!new)/)
  await w.page.locator('.contactform textarea').fill('Likes light roasts. 喜欢浅烘。')
  await w.page.locator('.contactform .btn.primary').click()
  await inspect(w, 'contact', look)
  await w.page.locator('.topbar button').click()
  await w.page.locator('#newmail input[name=subject]').fill(`Hello ${t}`)
  await w.page.locator('#newmail [contenteditable=true]').click()
  await w.page.keyboard.type(`outgoing-${t}`)
  await w.page.locator('.maildialog input[type=file]').setInputFiles({ name: `价目 ${t}.txt`, mimeType: 'text/plain', buffer: Buffer.from(`prices-${t} `.repeat(20)) })
  await w.page.locator('.maildialog .uploads progress').waitFor({ state: 'detached' })
  await inspect(w, 'new-mail', look)
  await w.page.locator('button[form=newmail]').click()
  await until('the mail in the customer’s mailbox', () => mailHolds(desk.data, address, `outgoing-${t}`), 45_000)
  ok(mailHolds(desk.data, address, `prices-${t}`), 'the mail came without its file')
  await w.page.goto('/contacts')
  await w.page.locator('.doclist a').first().waitFor()
  await inspect(w, 'contacts', look)
  await w.context.close()
}
