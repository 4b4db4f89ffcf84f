// The one line in a customer's page: a launcher, and an iframe that is made when somebody wants it. It touches nothing
// of the page, covers nothing while the server is away, and believes only its own frame (UP-W6). At most 2 KB.
(() => {
  const script = document.currentScript as HTMLScriptElement | null
  const set = script?.dataset
  if (!script || !set?.key || document.getElementById('yingda')) return
  const origin = new URL(script.src).origin
  const stored = `yingda.${set.key}`
  const page = document.documentElement
  const lang = () => set.lang && set.lang !== 'auto' ? set.lang : page.lang || navigator.language
  const zh = () => /^zh/i.test(lang())
  const make = (tag: string, part: string) => Object.assign(document.createElement(tag), { className: part })
  const keep = (value?: string) => { // a first-party copy, for browsers that forget what iframes store (UP-W4)
    try { return value ? localStorage.setItem(stored, value) : localStorage.getItem(stored) } catch { return null }
  }

  const host = make('div', '')
  host.id = 'yingda'
  const root = host.attachShadow({ mode: 'open' })
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(`:host{all:initial;position:fixed;z-index:2147483000;inset:auto 0 0 auto;font:14px/1.5 system-ui,sans-serif;color-scheme:light}
button{all:unset;box-sizing:border-box;cursor:pointer;position:fixed;inset-block-end:24px;inset-inline-end:24px}
.l{inline-size:56px;block-size:56px;border-radius:50%;background:${/^#[\da-f]{6}$/i.test(set.colour ?? '') ? set.colour : '#191c21'};color:#fff;box-shadow:0 6px 20px #0005,0 0 0 1px #888;display:grid;place-items:center}
button:focus-visible{outline:3px solid #4459cb;outline-offset:3px;box-shadow:0 0 0 3px #fff}
svg{inline-size:24px;fill:none;stroke:currentColor;stroke-width:2;stroke-linecap:round;stroke-linejoin:round}
b{position:absolute;inset:-4px -4px auto auto;min-inline-size:20px;border-radius:10px;background:#be3826;text-align:center;font-size:12px;line-height:20px}
.p{inset-block-end:92px;max-inline-size:260px;background:#fff;color:#191c21;border-radius:12px;padding:10px 14px;box-shadow:0 6px 24px #0003;overflow-wrap:anywhere}
iframe{border:0;position:fixed;inset:auto 24px 92px auto;inline-size:384px;block-size:min(620px,100vh - 116px);border-radius:16px;box-shadow:0 18px 48px #0004,0 0 0 1px #8888;background:#fff}
[hidden]{display:none}
@media(max-width:480px),(max-height:480px){iframe{inset:0 0 0 auto;block-size:100%;border-radius:0}.o{display:none}}
@media(max-width:480px){iframe{inline-size:100%}}
@media(forced-colors:active){button,iframe{border:2px solid}}`)
  root.adoptedStyleSheets = [sheet]
  const launcher = make('button', 'l') as HTMLButtonElement
  const peek = make('button', 'p') as HTMLButtonElement
  peek.hidden = true
  root.append(peek, launcher)

  let frame: HTMLIFrameElement | undefined
  let open = false
  let unread = 0
  const tell = (t: string, more = {}) => frame?.contentWindow?.postMessage({ yingda: 1, t, ...more }, origin)
  const draw = () => {
    const path = open ? 'm6 9 6 6 6-6' : 'M7.9 20A9 9 0 1 0 4 16.1L2 22Z'
    launcher.innerHTML = `<svg viewBox="0 0 24 24" aria-hidden="true"><path d="${path}"/></svg>${unread && !open ? `<b>${+unread}</b>` : ''}`
    launcher.className = open ? 'l o' : 'l'
    launcher.ariaLabel = zh() ? (open ? '收起聊天' : unread ? `在线咨询，${+unread} 条新消息` : '在线咨询') : open ? 'Close chat' : unread ? `Chat with us, ${+unread} new` : 'Chat with us'
    launcher.ariaExpanded = `${open}`
    if (frame) frame.hidden = !open
    if (open || !unread) peek.hidden = true
  }
  const load = () => {
    if (frame) return
    frame = make('iframe', '') as HTMLIFrameElement
    frame.title = zh() ? '在线咨询' : 'Chat'
    frame.allow = 'clipboard-write'
    frame.src = `${origin}/widget/frame/${encodeURIComponent(set.key!)}#${encodeURIComponent(location.origin)}`
    root.append(frame)
  }
  const show = (now: boolean) => {
    open = now
    load()
    draw()
    tell('open', { open })
    if (!open) launcher.focus()
  }
  launcher.onclick = () => show(!open)
  peek.onclick = () => show(true)
  addEventListener('message', (e) => {
    if (!frame || e.source !== frame.contentWindow || e.origin !== origin || e.data?.yingda !== 1) return
    const { t, token, n, text, colour } = e.data
    if (t === 'ready') {
      const { user, name, email, expires, signature, theme } = set
      tell('init', {
        open, lang: lang(), theme, token: keep(), page: location.href,
        identity: user && { id: user, name, email, expires: +expires!, signature },
      })
    } else if (t === 'token') keep(String(token))
    else if (t === 'close') show(false)
    else if (t === 'colour') launcher.style.background = String(colour)
    else if (t === 'unread') {
      unread = n | 0
      peek.textContent = text
      peek.hidden = !text
      draw()
    }
  })
  new MutationObserver(() => { draw(); tell('lang', { lang: lang() }) }).observe(page, { attributeFilter: ['lang'] })
  draw()
  const put = () => {
    document.body.append(host)
    if (keep()) (window.requestIdleCallback ?? setTimeout)(load) // somebody who was here before: news may wait
  }
  if (document.body) put()
  else addEventListener('DOMContentLoaded', put)
})()
