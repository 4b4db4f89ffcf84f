import { useEffect, useReducer, useRef } from 'preact/hooks'
import type { Settings } from './frames'
import type { Live } from './live'
import { speaker, type Lang, type Say } from './words'
import { Composer } from './Composer'
import { Icon } from './icons'
import { Form, Ticket } from './Parts'
import { Thread } from './Thread'
import { Elsewhere, Rate } from './Wishes'

interface Props { live: Live, lang: Lang, open: boolean, close: () => void }

export function App({ live, lang, open, close }: Props) {
  const [, redraw] = useReducer((n: number) => n + 1, 0)
  useEffect(() => live.watch(() => redraw(0)), [live])
  const main = useRef<HTMLElement>(null)
  useEffect(() => {
    if (open) main.current?.querySelector<HTMLElement>('textarea,input')?.focus()
  }, [open, !!live.model.settings])
  useEffect(() => { // closing time may pass while the widget is open
    const t = setInterval(() => { if (open) void live.refresh() }, 60_000)
    return () => clearInterval(t)
  }, [live, open])

  const { model } = live
  const say = speaker(lang)
  const ended = model.status === 'resolved' && !model.outgoing.length
  const settings = model.settings
  const busy = model.status === 'open' || model.status === 'pending' || model.outgoing.length > 0
  const form = settings && !settings.open && settings.offline && !busy
  const waits = model.queue && model.status !== 'resolved' && model.messages.length + model.outgoing.length > 0
  return (
    <main class="wg" ref={main} onKeyDown={(e) => { if (e.key === 'Escape' && !e.isComposing) close() }}>
      <header>
        <span class="avatar" aria-hidden="true">{[...titleOf(settings, lang, say)][0]}</span>
        <div class="grow">
          <h1>{titleOf(settings, lang, say)}</h1>
          <p class="xs muted">{model.agent && <i class="here" aria-hidden="true" />}{subtitle(settings, model.agent, lang, say)}</p>
        </div>
        <button class="icon" aria-label={say('close')} title={say('close')} onClick={close}><Icon name="down" /></button>
      </header>
      {model.line === 'off' && <p class="offline" role="status">{say('offline')}</p>}
      {model.line === 'refused' && <p class="offline" role="alert">{say('refused')}</p>}
      {!settings
        ? <div class="thread"><p class="line" role="status">{model.line === 'refused' ? '' : say('connecting')}</p></div>
        : form
          ? <Form live={live} settings={settings} say={say} />
          : (
              <>
                <Thread live={live} model={model} say={say} lang={lang} visible={open} greeting={settings.greeting[lang] || say(settings.open ? 'greeting' : 'closedNoForm')}>
                  {waits && <Ticket queue={model.queue!} say={say} />}
                  {waits && model.messages.length > 0 && <Elsewhere live={live} settings={settings} say={say} />}
                  {ended && model.moved && <p class="line" role="status">{say(model.moved.way === 'mail' ? 'mailMoved' : 'callMoved')}{model.moved.kept ? ` ${say('placeKept')}` : ''}</p>}
                  {ended && !model.moved && model.messages.some(m => !m.mine && !m.auto) && <Rate key={model.conversation} live={live} say={say} />}
                </Thread>
                <Composer live={live} model={model} settings={settings} say={say} />
              </>
            )}
    </main>
  )
}

function titleOf(s: Settings | undefined, lang: Lang, say: Say): string {
  return s?.title[lang] || s?.title['en'] || s?.title['zh'] || say('chat')
}

/** subtitle says who is here, until when, or when somebody will be: in the visitor's own time. */
function subtitle(s: Settings | undefined, agent: string, lang: Lang, say: Say): string {
  if (agent) return say('agentHere', { name: agent })
  if (!s) return ''
  const at = s.changes ? new Date(s.changes) : undefined
  if (s.open && (!at || at.getTime() - Date.now() > 24 * 3600e3)) return say('here')
  if (!at) return ''
  return s.open ? say('openUntil', { when: clock(at, lang) }) : say('backAt', { when: when(at, lang, say) })
}

const clock = (t: Date, lang: Lang) => t.toLocaleTimeString(lang === 'zh' ? 'zh-CN' : 'en', { hour: '2-digit', minute: '2-digit', hour12: false })

function when(t: Date, lang: Lang, say: Say): string {
  const days = Math.round((new Date(t).setHours(0, 0, 0, 0) - new Date().setHours(0, 0, 0, 0)) / 864e5)
  const day = days === 0 ? say('today') : days === 1 ? say('tomorrow') : t.toLocaleDateString(lang === 'zh' ? 'zh-CN' : 'en', { weekday: 'short', month: 'short', day: 'numeric' })
  return `${day} ${clock(t, lang)}`
}
