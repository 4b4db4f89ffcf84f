// What a visitor may ask for besides writing: an answer by mail or phone while they wait, and a word on how it was.
import { useEffect, useRef, useState } from 'preact/hooks'
import type { Problem, Settings } from './frames'
import type { Live } from './live'
import type { Key, Say } from './words'
import { newID } from './store'
import { problem } from './Thread'

type Doc = Record<string, string | number>

/** One wish on its way: the same id until it is granted, so that trying again asks for nothing twice. */
function useWish(live: Live) {
  const [id] = useState(newID)
  const [busy, setBusy] = useState(false)
  const [wrong, setWrong] = useState<Problem>()
  const ask = async (doc: Doc): Promise<boolean> => {
    setBusy(true)
    setWrong(undefined)
    try {
      await live.wish({ ...doc, client_id: id })
      return true
    } catch (p) {
      setWrong((p as Problem).reason ? p as Problem : { code: 'unavailable', reason: 'connection_lost' })
      return false
    } finally { setBusy(false) }
  }
  return { ask, busy, wrong }
}

/** What one stood in is gone: one stands where one writes. */
const stand = () => document.querySelector<HTMLElement>('.write textarea')?.focus()

const ways = { mail: { field: 'email', type: 'email', label: 'formEmail' }, call: { field: 'number', type: 'tel', label: 'callNumber' } } as const

/** While waiting: answer me by mail, call me. */
export function Elsewhere({ live, settings, say }: { live: Live, settings: Settings, say: Say }) {
  const [way, setWay] = useState<keyof typeof ways>()
  const entry = useRef<HTMLInputElement>(null), first = useRef<HTMLParagraphElement>(null), asked = useRef(false)
  useEffect(() => { // who asks stands in the field, who stays where they were; what else is drawn anew moves nobody
    if (way) { asked.current = true; entry.current?.focus() }
    else if (asked.current) first.current?.querySelector('button')?.focus()
  }, [way])
  const { ask, busy, wrong } = useWish(live)
  if (!way) {
    return (
      <p class="ways" ref={first}>
        {settings.offline && <button class="link" onClick={() => setWay('mail')}>{say('byMail')}</button>}
        {settings.call_me && <button class="link" onClick={() => setWay('call')}>{say('callMe')}</button>}
      </p>
    )
  }
  const { field, type, label } = ways[way]
  const submit = async (e: Event) => {
    e.preventDefault()
    const value = String(new FormData(e.currentTarget as HTMLFormElement).get(field) ?? '')
    if (await ask({ kind: way, [field]: value })) stand()
    else entry.current?.focus()
  }
  return (
    <form class="form wish" onSubmit={e => void submit(e)} noValidate>
      <label>{say(label as Key)}<input name={field} type={type as 'email'} autoComplete={type as 'email'} required maxLength={254} aria-invalid={!!wrong} aria-describedby={wrong && 'wish-wrong'} ref={entry} /></label>
      {wrong && <p class="bad" id="wish-wrong" role="alert">{problem(wrong, say)}</p>}
      <p class="ways">
        <button class="primary" disabled={busy}>{say(busy ? 'sending' : 'send')}</button>
        <button class="link" type="button" onClick={() => setWay(undefined)}>{say('stay')}</button>
      </p>
    </form>
  )
}

/** After the end: one to five stars and a few words. */
export function Rate({ live, say }: { live: Live, say: Say }) {
  const [stars, setStars] = useState(0)
  const [given, setGiven] = useState(live.rated)
  const { ask, busy, wrong } = useWish(live)
  if (given) return <p class="line" role="status">{say('rateDone')}</p>
  const submit = async (e: Event) => {
    e.preventDefault()
    const text = String(new FormData(e.currentTarget as HTMLFormElement).get('text') ?? '')
    if (await ask({ kind: 'rate', stars, text })) { live.rated = true; setGiven(true); stand() }
  }
  return (
    <form class="form wish" onSubmit={e => void submit(e)}>
      <fieldset class="stars">
        <legend>{say('rateAsk')}</legend>
        {[1, 2, 3, 4, 5].map(n => (
          <label key={n}>
            <input class="sr" type="radio" name="stars" checked={stars === n} onChange={() => setStars(n)} />
            <span aria-hidden="true">{n <= stars ? '★' : '☆'}</span><span class="sr">{say('star', { n })}</span>
          </label>
        ))}
      </fieldset>
      {stars > 0 && <label>{say('rateWords')}<textarea name="text" rows={2} dir="auto" maxLength={1000} /></label>}
      {wrong && <p class="bad" role="alert">{problem(wrong, say)}</p>}
      {stars > 0 && <button class="primary" disabled={busy}>{say(busy ? 'sending' : 'send')}</button>}
    </form>
  )
}
