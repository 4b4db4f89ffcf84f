// The frame: asks its page how it stands, draws, and tells the page what it must know (unread, close). Messages are
// taken from the page that holds the frame alone, and sent to its origin alone.
import { render } from 'preact'
import './tokens.css'
import './widget.css'
import { App } from './App'
import { Live, type Host } from './live'
import { unread } from './model'
import { Kept } from './store'
import { langOf, speaker } from './words'

const key = decodeURIComponent(location.pathname.split('/').pop() ?? '')
const pageOrigin = originOf(decodeURIComponent(location.hash.slice(1)))
const embedded = window.parent !== window && pageOrigin !== ''
const tell = (t: string, more = {}) => { if (embedded) window.parent.postMessage({ yingda: 1, t, ...more }, pageOrigin) }

const kept = new Kept(key)
const live = new Live(key, kept, token => tell('token', { token }))
let open = !embedded
let lang = langOf(navigator.language)

// Light or dark: the page's word, else the visitor's own setting, which may change.
const dark = matchMedia('(prefers-color-scheme: dark)')
let theme = 'auto'
function paint() {
  document.documentElement.dataset['theme'] = theme === 'auto' ? (dark.matches ? 'dark' : 'light') : theme
}
dark.addEventListener('change', paint)
paint()

function draw() {
  document.documentElement.lang = lang === 'zh' ? 'zh-CN' : 'en'
  document.title = speaker(lang)('chat')
  render(<App live={live} lang={lang} open={open} close={() => tell('close')} />, document.getElementById('app')!)
}

// The visitor's other tabs: what was read there is read here.
const tabs = 'BroadcastChannel' in window ? new BroadcastChannel(`yingda.${key}`) : undefined
tabs?.addEventListener('message', e => live.sawElsewhere(Number(e.data)))

let told = -1
let seen = 0
live.watch(() => {
  const news = unread(live.model)
  const last = news.at(-1)
  if (news.length !== told) {
    told = news.length
    tell('unread', { n: told, text: last ? `${last.name ? `${last.name}: ` : ''}${last.text.slice(0, 120) || last.files?.[0]?.name || ''}` : '' })
  }
  if (live.model.seen > seen) {
    seen = live.model.seen
    tabs?.postMessage(seen)
  }
})
let coloured = false
live.watch(() => {
  const colour = live.model.settings?.colour
  if (colour && !coloured) tell('colour', { colour })
  coloured ||= !!colour
})

function begin(host: Host & { open?: boolean, theme?: string }) {
  live.host = { token: host.token, identity: host.identity, lang: host.lang }
  lang = langOf(host.lang)
  open = !!host.open
  theme = host.theme === 'light' || host.theme === 'dark' ? host.theme : 'auto'
  paint()
  draw()
  void live.start()
}

let begun = false
addEventListener('message', (e) => {
  if (!embedded || e.source !== window.parent || e.origin !== pageOrigin || e.data?.yingda !== 1) return
  if (e.data.t === 'init' && !begun) {
    begun = true
    begin(e.data as Host)
  }
  if (!begun) return
  if (e.data.t === 'open') open = !!e.data.open
  if (e.data.t === 'lang') lang = langOf(String(e.data.lang))
  draw()
})
addEventListener('online', () => void live.start())
addEventListener('focus', () => void live.start())
document.addEventListener('visibilitychange', () => { if (!document.hidden && begun) void live.start() })

if (embedded) tell('ready')
else {
  begun = true
  begin({ lang: navigator.language, open: true })
}

function originOf(text: string): string {
  try { return new URL(text).origin } catch { return '' }
}
