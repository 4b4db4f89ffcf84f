// npm run e2e: the journeys in every language and theme, against the binary in YINGDA_BINARY.
// E2E_ONLY=mail,chat picks journeys; E2E_LOOKS=en-light,zh-CN-dark picks looks; E2E_SHOTS is where pictures go.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspector, openBrowser } from './browser.mjs'
import * as journeysOf from './journeys.mjs'
import * as mails from './mails.mjs'
import * as promised from './promises.mjs'
import * as reached from './reach.mjs'
import * as routes from './routing.mjs'
import { startDesk } from './world.mjs'

const all = { ...journeysOf, ...mails, ...promised, ...reached, ...routes }
const binary = process.env.YINGDA_BINARY
if (!binary) {
  console.error('YINGDA_BINARY is not set: say where the built program is')
  process.exit(2)
}
const pick = (name, otherwise) => process.env[name]?.split(',').filter(Boolean) ?? otherwise
const journeys = pick('E2E_ONLY', ['signIn', 'mail', 'rows', 'chat', 'call', 'board', 'settings', 'pages', 'contacts', 'reviews', 'later', 'aside', 'parked', 'mailSettings', 'report', 'routing', 'webhooks', 'promises', 'duty', 'reach'])
const looks = pick('E2E_LOOKS', ['en-light', 'en-dark', 'zh-CN-light', 'zh-CN-dark']).map((l) => { const i = l.lastIndexOf('-'); return { locale: l.slice(0, i), theme: l.slice(i + 1) } })
// These walk what others have shown in every look: each language and each theme once is enough.
const once = new Set(process.env.E2E_LOOKS ? [] : ['rows', 'reviews', 'later', 'aside', 'parked', 'mailSettings', 'report', 'routing', 'webhooks', 'promises', 'duty', 'reach'])
const walks = (name, look) => !once.has(name) || (look.locale === 'en') === (look.theme === 'light')
const shots = process.env.E2E_SHOTS ?? mkdtempSync(join(tmpdir(), 'desk-shots-'))
const limit = 150_000

const inspect = inspector(shots)
let passed = 0
const failed = []

/** One journey; the error when it failed. A second try is allowed and said: two cores may be busy with something else. */
async function walk(desk, name, look, title) {
  const started = Date.now()
  const browser = await openBrowser() // one each: what one journey leaves open cannot trouble the next
  let timer
  try {
    await Promise.race([all[name]({ browser, desk, look, inspect }), new Promise((_, no) => { timer = setTimeout(() => no(new Error(`took more than ${limit / 1000} s`)), limit) })])
    console.log(`ok    ${title}  ${((Date.now() - started) / 1000).toFixed(1)} s`)
  } catch (e) {
    for (const [i, page] of browser.contexts().flatMap(c => c.pages()).entries()) await page.screenshot({ path: join(shots, `failed-${name}-${look.locale}-${look.theme}-${i}.png`) }).catch(() => {})
    return e
  } finally {
    clearTimeout(timer)
    await browser.close()
  }
}

/** Every journey in one look, on a desk of its own: looks that are walked at once cannot meet. */
async function walkAll(look) {
  const desk = await startDesk(binary)
  try {
    for (const name of journeys.filter(n => walks(n, look))) {
      const title = `${name} (${look.locale}, ${look.theme})`
      let error = await walk(desk, name, look, title)
      if (error) {
        console.log(`again ${title}\n      ${error.message}`)
        error = await walk(desk, name, look, `${title}, second try`)
      }
      if (!error) { passed++; continue }
      failed.push(title)
      console.log(`FAIL  ${title}\n      ${error.message}`)
    }
  } finally {
    await desk.stop()
  }
}

// Two at a time: a journey mostly waits for a page, and two cores are what a small machine has. The long looks first.
const waiting = looks.toSorted((a, b) => journeys.filter(n => walks(n, b)).length - journeys.filter(n => walks(n, a)).length)
async function lane() {
  for (let look = waiting.shift(); look; look = waiting.shift()) await walkAll(look)
}
await Promise.all([lane(), lane()])
console.log(`\nPictures: ${shots}`)
console.log(`${passed} passed, ${failed.length} failed`)
process.exitCode = failed.length || !passed ? 1 : 0
