import { useEffect, useRef, useState } from 'preact/hooks'
import type { Problem, Settings } from './frames'
import type { Live } from './live'
import type { Queue } from './model'
import type { Say } from './words'
import { newID } from './store'
import { problem } from './Thread'

/** The ticket: where the visitor stands. A screen reader hears it at most every half minute. */
export function Ticket({ queue, say }: { queue: Queue, say: Say }) {
  // The range is said as it was promised, never its middle: rounded outwards to minutes.
  const low = Math.floor(queue.low / 60), high = Math.ceil(queue.high / 60)
  const about = high <= 0 ? '' : high <= 1 ? say('ticketSoon') : low < 1 ? say('ticketUpTo', { n: high })
    : low === high ? say('ticketAbout', { n: high }) : say('ticketRange', { low, high })
  const aloud = queue.position > 0 ? [`${say('ticketNumber')} ${say('ticketUnitBefore')}${queue.position}${say('ticketUnit')}`, about, queue.urgent ? say('ticketUrgent') : ''].filter(Boolean).join(', ') : say('ticketRings')
  const [spoken, setSpoken] = useState(aloud)
  const now = useRef(aloud)
  now.current = aloud
  useEffect(() => {
    const t = setInterval(() => setSpoken(now.current), 30_000)
    return () => clearInterval(t)
  }, [])
  return (
    <div class="ticket">
      <div aria-hidden="true">
        {queue.position > 0
          ? (
              <>
                <span class="muted">{say('ticketNumber')}</span>
                <span class="p">{say('ticketUnitBefore') && <small>{say('ticketUnitBefore')}</small>}{queue.position}{say('ticketUnit') && <small>{say('ticketUnit')}</small>}</span>
              </>
            )
          : <span>{say('ticketRings')}</span>}
        {queue.position > 0 && about && <span class="about">{about}</span>}
        {queue.position > 0 && queue.position <= 5 && (
          <span class="dots">{[1, 2, 3, 4, 5].map(n => <i key={n} class={n < queue.position ? 'f' : n === queue.position ? 'me' : ''} />)}</span>
        )}
        {queue.urgent && <span class="xs">{say('ticketUrgent')}</span>}
        <span class="xs muted">{say('ticketKept')}</span>
      </div>
      <span class="sr" role="status">{spoken}</span>
    </div>
  )
}

/** The form for when nobody is there: it becomes a mail, whose answer comes by mail (UP-W5). */
export function Form({ live, settings, say }: { live: Live, settings: Settings, say: Say }) {
  const [id, setID] = useState(newID)
  const [state, setState] = useState<'write' | 'busy' | 'done'>('write')
  const [wrong, setWrong] = useState<Problem>()
  const [email, setEmail] = useState('')
  const hours = settings.reply_within_h
  const form = useRef<HTMLFormElement>(null), thanks = useRef<HTMLParagraphElement>(null)
  useEffect(() => { if (state === 'done') thanks.current?.focus() }, [state])
  useEffect(() => { if (wrong) form.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus() }, [wrong])
  const submit = async (e: SubmitEvent) => {
    e.preventDefault()
    const data = new FormData(e.currentTarget as HTMLFormElement)
    const field = (name: string) => String(data.get(name) ?? '')
    setState('busy')
    setWrong(undefined)
    try {
      await live.leaveWord({ client_id: id, name: field('name'), email: field('email'), text: field('text'), website: field('website') })
      setEmail(field('email'))
      setID(newID())
      setState('done')
    } catch (p) {
      setWrong((p as Problem).reason ? p as Problem : { code: 'unavailable', reason: 'connection_lost' })
      setState('write')
    }
  }
  if (state === 'done') {
    return (
      <div class="thread">
        <p role="status" class="ticket" tabIndex={-1} ref={thanks}>{say('formDone', { email, hours })}</p>
        <button class="link" onClick={() => setState('write')}>{say('formMore')}</button>
      </div>
    )
  }
  return (
    <form class="thread form" ref={form} onSubmit={e => void submit(e as unknown as SubmitEvent)} noValidate>
      <p>{say('formIntro', { hours })}</p>
      <label>{say('formName')}<input name="name" autoComplete="name" maxLength={200} /></label>
      <label>{say('formEmail')}<input name="email" type="email" autoComplete="email" required aria-invalid={wrong?.reason === 'email_invalid'} aria-describedby={wrong && 'form-wrong'} /></label>
      <label>{say('formText')}<textarea name="text" rows={5} required dir="auto" maxLength={settings.limits.text} aria-invalid={wrong?.reason === 'text_empty'} aria-describedby={wrong && 'form-wrong'} /></label>
      <label class="sr" aria-hidden="true">Website<input name="website" tabIndex={-1} autoComplete="off" /></label>
      {wrong && <p class="bad" id="form-wrong" role="alert">{problem(wrong, say)}</p>}
      <button class="primary" disabled={state === 'busy'}>{say(state === 'busy' ? 'sending' : 'formSend')}</button>
    </form>
  )
}
