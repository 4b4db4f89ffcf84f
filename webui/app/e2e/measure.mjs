// npm run measure: the board of a large firm (50 queues, 1,000 agents) in a browser, against the binary in YINGDA_BINARY:
// from a change to the painted page, and what the page costs while nothing happens. Rows as `make bench` gathers them go
// to the file that YINGDA_BENCH_ROWS names.
import { appendFileSync } from 'node:fs'
import { openBrowser, openDesk } from './browser.mjs'
import { startDesk, until } from './world.mjs'

const queues = 50, agents = 1000, changes = 40, idle = 30_000
const look = { locale: 'en', theme: 'light' }
const pad = n => String(n).padStart(4, '0')

/** The firm: copies of the demo's queue and agent, under names of their own; every other agent is away. */
async function furnish(w) {
  const queue = (await w.api('GET', '/settings/queues/aftercare')).doc, agent = (await w.api('GET', '/settings/agents/ann')).doc
  const ids = []
  for (let i = (await w.api('GET', '/settings/queues?limit=100')).items.length; i < queues; i++) {
    ids.push(`q${pad(i)}`)
    await w.api('PUT', `/settings/queues/q${pad(i)}`, { version: 0, doc: { ...queue, id: `q${pad(i)}`, name: `Queue ${i}` } })
  }
  for (let i = (await w.api('GET', '/settings/agents?limit=100')).items.length; i < agents; i++) {
    const id = `a${pad(i)}`
    await w.api('PUT', `/settings/agents/${id}`, { version: 0, doc: { ...agent, id, name: `Agent ${i}`, email: `${id}@corner-shop.example`, extension: '', teams: [], queues: [ids[i % ids.length]] } })
  }
}

/** In the page: the moment, after a paint, at which an agent is shown in another state. */
const shown = id => new Promise((resolve) => {
  const cell = document.querySelector(`[data-agent="${id}"]`), was = cell.className + cell.textContent
  const o = new MutationObserver(() => {
    const now = document.querySelector(`[data-agent="${id}"]`)
    if (!now || now.className + now.textContent === was) return
    o.disconnect()
    requestAnimationFrame(() => setTimeout(() => resolve(Date.now()))) // after the frame that shows it
  })
  o.observe(document.querySelector('#agents'), { subtree: true, childList: true, attributes: true, characterData: true })
})

/** Seconds of a core that the browser's processes of a kind have used. */
async function spent(cdp, kinds) {
  const { processInfo } = await cdp.send('SystemInfo.getProcessInfo')
  return processInfo.filter(p => kinds.includes(p.type)).reduce((sum, p) => sum + p.cpuTime, 0)
}

function row(name, unit, ours, atMost) {
  console.log(`${name}: ${ours.toPrecision(3)} ${unit}${atMost ? `, at most ${atMost}: ${ours <= atMost ? 'met' : 'NOT MET'}` : ''}`)
  if (process.env.YINGDA_BENCH_ROWS) appendFileSync(process.env.YINGDA_BENCH_ROWS, JSON.stringify({ name, unit, ours, ...(atMost ? { at_most: atMost } : {}) }) + '\n')
}

const desk = await startDesk(process.env.YINGDA_BINARY), browser = await openBrowser()
try {
  const admin = await openDesk(browser, look, desk.base, 'admin', '/settings/account')
  await furnish(admin)
  await admin.page.goto('about:blank')
  const w = await openDesk(browser, look, desk.base, 'admin', '/board')
  await until('every agent to be there', async () => await w.page.locator('[data-agent]').count() === agents, 60_000)
  await until('every queue to be there', async () => await w.page.locator('#queues .tile').count() === queues)
  const took = []
  for (let i = 0; i < changes; i++) {
    const id = `a${pad(agents - 1 - i)}`, seen = w.page.evaluate(shown, id)
    await w.page.evaluate(() => new Promise(requestAnimationFrame)) // it watches
    const began = Date.now()
    await admin.api('PUT', `/agents/${id}/presence`, { state: 'away', reason: '' })
    took.push(await seen - began)
  }
  took.sort((a, b) => a - b)
  row(`board of ${queues} queues and ${agents} agents: change to pixel, median`, 'ms', took[Math.floor(changes / 2)])
  row(`board of ${queues} queues and ${agents} agents: change to pixel, slowest of ${changes}`, 'ms', took.at(-1), 1000)
  const cdp = await browser.newBrowserCDPSession()
  await new Promise(r => setTimeout(r, 75_000)) // what changed says minutes now: the slow clock ticks every ten seconds
  const before = await spent(cdp, ['renderer']), drawn = await spent(cdp, ['GPU'])
  await new Promise(r => setTimeout(r, idle))
  row('the same board, nothing happens: the page', '% of a core', (await spent(cdp, ['renderer']) - before) / idle * 1e5, 2)
  row('the same board, nothing happens: drawing it without a graphics card', '% of a core', (await spent(cdp, ['GPU']) - drawn) / idle * 1e5)
} finally {
  await browser.close()
  await desk.stop()
}
