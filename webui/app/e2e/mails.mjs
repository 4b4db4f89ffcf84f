// What agents do with mail besides answering it: a second pair of eyes, later, taken back, aside, parked; and what an
// administrator sets. Selectors are by role and structure, never by words: each journey runs in both languages.
import { openDesk, tidy } from './browser.mjs'
import { inboxAddress, mailHeader, mailHolds, sendMail, until } from './world.mjs'

const token = () => Math.random().toString(36).slice(2, 10)
const ok = (is, what) => { if (!is) throw new Error(what) }
const editor = page => page.locator('.composer .richfield [contenteditable=true]')

/** A mail has come and is open before `w`, who took it. */
async function openMail(w, desk, from, subject) {
  await sendMail(desk.smtp, from, inboxAddress, subject, 'Hello, how long does it take?\n请问要多久？')
  const c = await until('the mail to come', async () => (await w.api('GET', '/conversations?list=all&status=active&limit=100')).items.find(x => x.subject === subject), 45_000)
  if (c.assignee === '') await w.api('POST', `/conversations/${c.id}/take`).catch(() => {}) // it may just have been given
  await w.page.goto(`/inbox/all/${c.id}`)
  await editor(w.page).waitFor()
  return c.id
}

async function write(w, text) {
  await editor(w.page).click()
  await w.page.keyboard.type(text)
}
const send = w => w.page.locator('.composer .split .btn.primary').first().click()
const sent = async (w, id) => (await w.api('GET', `/conversations/${id}/messages`)).items.filter(m => m.direction === 'out')

/** Changes a settings document and says how to put it back. */
async function change(w, path, make) {
  const { version, doc } = await w.api('GET', `/settings/${path}`).catch(() => ({ version: 0, doc: {} }))
  await w.api('PUT', `/settings/${path}`, { version, doc: make(doc) })
  return async (back = doc) => { await w.api('PUT', `/settings/${path}`, { version: (await w.api('GET', `/settings/${path}`)).version, doc: back }) }
}

/** A mail is frozen, corrected and compared; another is returned with a reason and written anew. */
export async function reviews({ browser, desk, look, inspect }) {
  const admin = await openDesk(browser, look, desk.base, 'admin', '/settings/review')
  const off = { enabled: false, agents: [], tiers: [], contacts: [], words: [], share_percent: 0, timeout_s: 0, after_timeout: '' }
  const undo = await change(admin, 'review/review', () => ({ ...off, enabled: true, agents: ['ann'] }))
  const ann = await openDesk(browser, look, desk.base, 'ann', '/inbox/mine', 'available')
  const lea = await openDesk(browser, look, desk.base, 'lea', '/reviews')
  try {
    await tidy(ann)
    const t = token(), customer = `review-${t}@example.com`
    const id = await openMail(ann, desk, customer, `Reviewed ${t}`)
    const row = () => lea.page.locator('.doclist a', { hasText: t }).first()
    const asked = async (text) => {
      await write(ann, text)
      await send(ann)
      await ann.page.locator('.tick a[href^="/reviews/"]').last().waitFor({ timeout: 30_000 })
      await until('the reviewer’s list to have it', async () => (await lea.api('GET', '/reviews')).items.some(r => r.message.text.includes(text)))
      await lea.page.goto('/reviews')
      await row().click()
      await lea.page.locator('.frozen').getByText(text).waitFor()
      ok(!mailHolds(desk.data, customer, text), 'it left before anybody looked')
    }
    await asked(`draft-${t}`)
    await inspect(lea, 'review', look)
    await lea.page.locator('.reviewpage .btn').nth(1).click()
    await lea.page.locator('.reviewpage .richfield [contenteditable=true]').click()
    await lea.page.keyboard.press('Control+a')
    await lea.page.keyboard.type(`better-${t}`)
    await lea.page.locator('.reviewpage .btn.primary').click()
    await lea.page.waitForURL(/\/reviews$/)
    await until('the corrected mail to arrive', () => mailHolds(desk.data, customer, `better-${t}`), 45_000)
    ok(!mailHolds(desk.data, customer, `draft-${t}`), 'the customer got the words that were corrected')
    const message = (await sent(ann, id))[0]
    await ann.page.goto(`/reviews/${message.id}`)
    await ann.page.locator('.compare del', { hasText: 'draft' }).first().waitFor()
    await ann.page.locator('.compare ins', { hasText: 'better' }).first().waitFor()
    await inspect(ann, 'review-compare', look)
    await ann.page.goto(`/inbox/all/${id}`)
    await editor(ann.page).waitFor()
    await asked(`second-${t}`)
    await lea.page.locator('.reviewpage .btn').nth(2).click()
    await lea.page.locator('.reviewpage textarea').fill(`kinder-${t}`)
    await lea.page.locator('.reviewpage .btn.primary').click()
    await ann.page.locator('.tick', { hasText: `kinder-${t}` }).getByRole('button').first().click()
    await until('the words to be before her again', async () => (await editor(ann.page).innerText()).includes(`second-${t}`))
  } finally { await undo(off) }
  await tidy(ann)
  for (const w of [ann, lea, admin]) await w.context.close()
}

/** A mail is planned and taken back; another is sent and undone: neither leaves. */
export async function later({ browser, desk, look, inspect }) {
  const w = await openDesk(browser, look, desk.base, 'ann', '/inbox/mine', 'available')
  await tidy(w)
  const t = token(), customer = `later-${t}@example.com`
  const id = await openMail(w, desk, customer, `Later ${t}`)
  await write(w, `tomorrow-${t}`)
  await w.page.locator('.composer .split .btn.primary').last().click()
  await w.page.getByRole('menuitem').last().click()
  await w.page.locator('#moment').waitFor()
  await inspect(w, 'send-later', look)
  await w.page.locator('#moment .btn').last().click()
  const tick = w.page.locator('.tick').last()
  await until('it to be planned', async () => (await sent(w, id)).some(m => m.scheduled && m.delivery === 'queued'))
  await tick.getByRole('button').nth(2).waitFor()
  await inspect(w, 'planned', look)
  await tick.getByRole('button').nth(2).click()
  await until('the planned words to be back', async () => (await editor(w.page).innerText()).includes(`tomorrow-${t}`))
  await editor(w.page).click()
  await w.page.keyboard.press('Control+a')
  await w.page.keyboard.type(`at-once-${t}`)
  await send(w)
  await w.page.locator('[data-slot=actions] button').first().click() // the notice's way back
  await until('the sent words to be back', async () => (await editor(w.page).innerText()).includes(`at-once-${t}`))
  await until('both to be withdrawn', async () => { const all = await sent(w, id); return all.length === 2 && all.every(m => m.delivery === 'withdrawn') })
  ok(!mailHolds(desk.data, customer, t), 'something left all the same')
  await tidy(w)
  await w.context.close()
}

/** A third party is asked without the customer; what they answer stands in the thread, marked. */
export async function aside({ browser, desk, look, inspect }) {
  const w = await openDesk(browser, look, desk.base, 'ann', '/inbox/mine', 'available')
  await tidy(w)
  const t = token(), customer = `asks-${t}@example.com`, third = `workshop-${t}@example.org`
  const id = await openMail(w, desk, customer, `Aside ${t}`)
  await w.page.locator('.msg button.rawlink').first().click()
  await w.page.locator('#mail-to').fill(third)
  await w.page.keyboard.press('Enter')
  await w.page.locator('#newmail [contenteditable=true]').click()
  await w.page.keyboard.press('Control+Home')
  await w.page.keyboard.type(`spare-part-${t} `)
  await inspect(w, 'aside', look)
  await w.page.locator('button[form=newmail]').click()
  await until('the third party’s mail', () => mailHolds(desk.data, third, `spare-part-${t}`), 45_000)
  ok(!mailHolds(desk.data, customer, `spare-part-${t}`), 'the customer saw what went aside')
  await sendMail(desk.smtp, third, mailHeader(desk.data, third, 'Reply-To') || inboxAddress, `Re: Aside ${t}`, `in-stock-${t}`, [`In-Reply-To: ${mailHeader(desk.data, third, 'Message-ID')}`])
  await w.page.locator('.msg.aside').getByText(`in-stock-${t}`).first().waitFor({ timeout: 45_000 })
  await inspect(w, 'aside-answer', look)
  ok((await w.api('GET', `/conversations/${id}/messages`)).items.filter(m => m.side).length === 2, 'question and answer are not both marked as aside')
  await tidy(w)
  await w.context.close()
}

/** Who floods us is parked, and found. */
export async function parked({ browser, desk, look, inspect }) {
  const admin = await openDesk(browser, look, desk.base, 'admin', '/settings/account')
  const undo = await change(admin, 'inboxes/support', doc => ({ ...doc, channel: { ...doc.channel, sender_per_hour: 1 } }))
  const w = await openDesk(browser, look, desk.base, 'lea', '/inbox/mine')
  try {
    const t = token(), from = `flood-${t}@example.com`
    const count = async () => (await w.api('GET', '/conversations?list=all&status=any&limit=100')).items.filter(c => c.subject.endsWith(t)).length
    for (const n of [1, 2]) {
      await sendMail(desk.smtp, from, inboxAddress, `Buy ${n} ${t}`, 'Buy now')
      await until(`mail ${n} to come`, async () => await count() === n, 45_000)
    }
    await w.page.locator('.lists a[href*="tag=parked"]').click()
    await w.page.locator('.rows .row', { hasText: `Buy 2 ${t}` }).waitFor()
    ok(await w.page.locator('.rows .row', { hasText: `Buy 1 ${t}` }).count() === 0, 'the first mail is parked too')
    await inspect(w, 'parked', look)
  } finally { await undo() }
  await tidy(w)
  for (const x of [w, admin]) await x.context.close()
}

/** A key is made, published and taken into use; a mailbox is signed in at its provider, who may refuse. */
export async function mailSettings({ browser, desk, look, inspect }) {
  const w = await openDesk(browser, look, desk.base, 'admin', '/settings/inboxes/support')
  const t = token()
  const field = at => w.page.locator(`[data-field="${at}"] input`).first()
  await field('channel.dkim.domain').fill('corner-shop.example')
  await field('channel.dkim.selector').fill(t)
  await w.page.locator('.setside .sec').nth(1).getByRole('button').first().click()
  await w.page.locator('.copyline', { hasText: `${t}._domainkey.corner-shop.example` }).waitFor()
  await w.page.locator('.copyline code', { hasText: 'v=DKIM1' }).waitFor()
  await w.page.locator('.topbar .btn.primary').click()
  await until('the key to be used', async () => (await w.api('GET', '/settings/inboxes/support')).doc.channel.dkim?.selector === t)
  await inspect(w, 'signing', look)
  const refused = await w.api('PUT', '/settings/inboxes/support/secret/dkim_key', { value: '' }).catch(e => String(e))
  ok(/key_in_use/.test(refused ?? ''), `a key in use was forgotten: ${refused}`)
  const { version, doc } = await w.api('GET', '/settings/inboxes/support')
  await w.api('PUT', '/settings/inboxes/support', { version, doc: { ...doc, channel: { ...doc.channel, dkim: {} } } })
  await w.api('PUT', '/settings/inboxes/support/secret/dkim_key', { value: '' })

  const side = { host: '127.0.0.1', port: 1, tls: 'none', username: 'box@example.com', auth: 'xoauth2', secret: 'token', oauth: { auth_url: 'https://provider.example/auth', token_url: 'https://provider.example/token', client_id: 'yingda', client_secret: '', scope: 'mail' } }
  await w.api('PUT', `/settings/inboxes/box-${t}`, { version: 0, doc: { ...doc, id: `box-${t}`, name: `Box ${t}`, address: `box-${t}@example.com`, enabled: false, channel: { ...doc.channel, dkim: {}, imap: side, smtp: side } } })
  await w.page.route('https://provider.example/**', (r) => { // the provider's page, where somebody says no
    const asked = new URL(r.request().url()).searchParams
    ok(asked.get('code_challenge') && asked.get('state'), 'the provider was asked without state or challenge')
    return r.fulfill({ status: 302, headers: { location: `${asked.get('redirect_uri')}?error=access_denied&state=${encodeURIComponent(asked.get('state'))}` } })
  })
  await w.page.goto(`/settings/inboxes/box-${t}`)
  await w.page.locator('.setside .sec').nth(1).getByRole('button').click()
  await w.page.waitForURL(/sign_in=refused/)
  await w.page.locator('.setside .problem', { hasText: 'access_denied' }).waitFor()
  await inspect(w, 'mailbox-sign-in', look)
  const box = await w.api('GET', `/settings/inboxes/box-${t}`)
  await w.api('DELETE', `/settings/inboxes/box-${t}?version=${box.version}`)
  await w.context.close()
}

/** How promises ended: a mail is answered in time, and the report of today says so and can be carried away. */
export async function report({ browser, desk, look, inspect }) {
  const ann = await openDesk(browser, look, desk.base, 'ann', '/inbox/mine', 'available')
  await tidy(ann)
  const t = token(), customer = `kept-${t}@example.com`
  const id = await openMail(ann, desk, customer, `Kept ${t}`)
  await ann.api('POST', `/conversations/${id}/messages`, { text: `kept-${t}`, undo_s: 0, force: true })
  await until('the answer to be sent', async () => (await sent(ann, id)).some(m => m.delivery === 'sent' || m.delivery === 'delivered'), 45_000)
  const w = await openDesk(browser, look, desk.base, 'lea', '/reports?by=queue')
  const line = w.page.locator('.report tbody tr').first()
  await until('the report to have it', async () => {
    if (!await line.count()) { await w.page.reload(); await w.page.locator('.reports').waitFor() }
    return await line.count() > 0
  })
  await inspect(w, 'report', look)
  await w.page.locator('.reportask select').nth(1).selectOption('tier')
  await w.page.waitForURL(/by=tier/)
  await line.waitFor()
  const [file] = await Promise.all([w.page.waitForEvent('download'), w.page.locator('.topbar a[download]').first().click()])
  ok(/\.csv$/.test(file.suggestedFilename()), `the sheet is called ${file.suggestedFilename()}`)
  await tidy(ann)
  for (const x of [w, ann]) await x.context.close()
}
