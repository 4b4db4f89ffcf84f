import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import type { FileBody, Message, Outgoing } from './frames'
import type { Live } from './live'
import { newcomer, type Model } from './model'
import type { Key, Say } from './words'
import { Icon } from './icons'

interface Props { live: Live, model: Model, say: Say, lang: string, greeting: string, visible: boolean, children?: preact.ComponentChildren }

/** The thread: newest at the end, kept there unless the reader has gone up. */
export function Thread({ live, model, say, lang, greeting, visible, children }: Props) {
  const box = useRef<HTMLDivElement>(null)
  const atEnd = useRef(true)
  const heightBefore = useRef(0)
  const first = model.messages[0]?.number
  const firstBefore = useRef(first)

  useLayoutEffect(() => {
    const el = box.current
    if (!el) return
    if (atEnd.current) el.scrollTop = el.scrollHeight
    else if (first !== firstBefore.current) el.scrollTop += el.scrollHeight - heightBefore.current // earlier ones came in above
    heightBefore.current = el.scrollHeight
    firstBefore.current = first
  })
  useEffect(() => {
    const el = box.current
    if (!el) return
    const stay = new ResizeObserver(() => { if (atEnd.current) el.scrollTop = el.scrollHeight }) // a keyboard opens, an image arrives
    stay.observe(el)
    return () => stay.disconnect()
  }, [])
  const shown = () => {
    const el = box.current
    if (!el) return
    atEnd.current = el.scrollHeight - el.scrollTop - el.clientHeight < 60
    if (visible && atEnd.current && document.visibilityState === 'visible') live.shown()
  }
  useEffect(shown, [visible, model.messages, model.line])
  useEffect(() => {
    document.addEventListener('visibilitychange', shown)
    return () => document.removeEventListener('visibilitychange', shown)
  })

  const lastMine = model.messages.filter(m => m.mine).at(-1)?.number
  return (
    <div class="thread" ref={box} onScroll={shown} role="log" aria-label={say('thread')} aria-live="polite" tabIndex={0}>
      {model.more && <button class="link" onClick={() => live.earlier()}>{say('earlier')}</button>}
      {!model.more && greeting && <div class="bub"><p lang={lang} dir="auto">{greeting}</p></div>}
      {model.messages.map((m, i) => (
        <Bubble key={m.number} m={m} say={say} lang={lang} follows={same(model.messages[i - 1], m)} last={!same(m, model.messages[i + 1])}
          state={m.number === lastMine && !model.outgoing.length ? (m.number <= model.read ? 'read' : 'delivered') : undefined} />
      ))}
      {newcomer(model) && <p class="line">{say('joined', { name: model.agent })}</p>}
      {model.outgoing.map(o => <Pending key={o.id} o={o} live={live} model={model} say={say} />)}
      {model.status === 'resolved' && !model.outgoing.length && <p class="line">{say('ended')}</p>}
      {children}
      {model.typing && (
        <div class="typing" role="status" aria-label={say('agentTyping', { name: model.typing.trim() || say('us') })}><i /><i /><i /></div>
      )}
    </div>
  )
}

const same = (a: Message | undefined, b: Message | undefined) => !!a && !!b && a.mine === b.mine && a.name === b.name && Date.parse(b.at) - Date.parse(a.at) < 180e3

function Bubble({ m, say, lang, follows, last, state }: { m: Message, say: Say, lang: string, follows: boolean, last: boolean, state?: 'read' | 'delivered' | undefined }) {
  const who = m.mine ? say('you') : m.name || say('us')
  const time = new Date(m.at).toLocaleTimeString(lang === 'zh' ? 'zh-CN' : 'en', { hour: '2-digit', minute: '2-digit', hour12: false })
  return (
    <div class={`bub${m.mine ? ' us' : ''}${follows ? ' on' : ''}`}>
      <span class="sr">{who}</span>
      {m.text && <p dir="auto">{m.text}</p>}
      {m.files?.map(f => <File key={f.url} f={f} />)}
      {(last || state) && (
        <span class="m">
          {m.mine ? time : `${who} · ${time}`}
          {state && <span class="tick"><Icon name={state === 'read' ? 'ticks' : 'tick'} size={13} />{say(state)}</span>}
        </span>
      )}
    </div>
  )
}

function File({ f }: { f: FileBody }) {
  return f.image
    ? <a class="pic" href={f.url} target="_blank" rel="noopener noreferrer"><img src={f.url} alt={f.name} loading="lazy" /></a>
    : <a class="file" href={f.url} download={f.name}><Icon name="file" /><span>{f.name}</span><small>{bytes(f.size)}</small></a>
}

export function bytes(n: number): string {
  return n < 1024 ? `${n} B` : n < 1 << 20 ? `${Math.round(n / 1024)} KB` : `${(n / (1 << 20)).toFixed(1)} MB`
}

function Pending({ o, live, model, say }: { o: Outgoing, live: Live, model: Model, say: Say }) {
  return (
    <div class="bub us">
      {o.text && <p dir="auto" class="pending">{o.text}</p>}
      {o.files.map(f => <span class="file" key={f.file}><Icon name="file" /><span>{f.name}</span></span>)}
      {o.failed
        ? (
            <span class="m bad" role="alert">
              <Icon name="alert" size={13} />{say('failed')}: {problem(o.failed, say)}
              <button class="link" onClick={() => live.retry(o)}>{say('again')}</button>
              <button class="link" onClick={() => live.forget(o)}>{say('giveUp')}</button>
            </span>
          )
        : <span class="m">{say(model.line === 'on' ? 'sending' : 'waiting')}</span>}
    </div>
  )
}

/** problem is the sentence for a refusal of the server. */
export function problem(p: { reason: string, params?: Record<string, string> }, say: Say): string {
  const params = p.params ?? {}
  const more = { ...params, mb: Math.round(Number(params['max'] ?? 0) / (1 << 20)), over: Number(params['length'] ?? 0) - Number(params['max'] ?? 0) }
  const text = say(`error.${p.reason}` in known ? `error.${p.reason}` as Key : 'error.other', more)
  return text
}

const known: Record<string, 1> = Object.fromEntries([
  'body_too_large', 'email_invalid', 'file_blocked', 'connection_lost', 'file_empty', 'file_too_large', 'file_unknown', 'files_off', 'number_invalid', 'text_empty',
  'text_too_long', 'too_many_files', 'too_many_forms',
].map(k => [`error.${k}`, 1]))
