// A thread as people read it: mails, bubbles, calls and notes in one order, with the waits between them drawn and the
// rest of the history as quiet lines. Pure, so that it is a test.
import type { HistoryEvent, Message, Target } from '@/shared/api/types'
import { field } from '@/shared/lib/facts'
import { at } from '@/shared/lib/time'

export type Entry =
  | { kind: 'day', key: string, at: number }
  | { kind: 'mail' | 'note' | 'call', key: string, message: Message }
  | { kind: 'chat', key: string, side: 'them' | 'us', messages: Message[] }
  | { kind: 'wait', key: string, who: 'customer' | 'us', ms: number, met?: Target }
  | { kind: 'line', key: string, event: HistoryEvent }
  | { kind: 'lines', key: string, events: HistoryEvent[] }

const minute = 60_000
/** Bubbles of one writer closer than this stand together. */
const together = 2 * minute
/** Shorter waits are part of talking, not worth a line. */
const worthDrawing = { email: 5 * minute, chat: 2 * minute, voice: 5 * minute, reply: 30 * minute } as const

/** What of the history a reader of the thread wants to see; offers stand in "why here". */
const told = new Set(['assigned', 'queue_changed', 'status_changed', 'priority_changed', 'tier_changed', 'absorbed', 'merged', 'clock_breached', 'clock_escalated', 'clock_acknowledged', 'customer_reassured', 'customer_reached', 'subject_changed', 'rated', 'continued_in', 'identified', 'tags_changed', 'message_rescheduled', 'review_asked', 'review_decided', 'review_escalated', 'address_suppressed', 'redacted'])

export function entriesOf(messages: Message[], events: HistoryEvent[]): Entry[] {
  const out: Entry[] = []
  const wait = waiter(events)
  let today = ''
  for (const item of merged(messages, events)) {
    const ms = 'number' in item ? at(item.at) ?? 0 : at(item.at) ?? 0
    const date = new Date(ms).toDateString()
    if (date !== today) {
      if (today || 'number' in item && item.medium === 'chat') out.push({ kind: 'day', key: `d${date}`, at: ms })
      today = date
    }
    if (!('number' in item)) { line(out, item); continue }
    const w = wait(item, ms)
    if (w) out.push(w)
    message(out, item, ms)
  }
  return out
}

function merged(messages: Message[], events: HistoryEvent[]): (Message | HistoryEvent)[] {
  const lines = events.filter(e => told.has(e.kind)).sort((a, b) => a.seq - b.seq)
  const out: (Message | HistoryEvent)[] = []
  let i = 0
  for (const m of messages) {
    while (i < lines.length && (at(lines[i]!.at) ?? 0) < (at(m.at) ?? 0)) out.push(lines[i++]!)
    out.push(m)
  }
  return [...out, ...lines.slice(i)]
}

function line(out: Entry[], e: HistoryEvent): void {
  const last = out.at(-1)
  const alone = e.kind === 'rated' || last?.kind === 'line' && last.event.kind === 'rated' // the customer's word is not folded away
  if (alone) { out.push({ kind: 'line', key: `e${e.seq}`, event: e }); return }
  if (last?.kind === 'lines') { last.events.push(e); return }
  if (last?.kind === 'line') { out.splice(-1, 1, { kind: 'lines', key: `e${last.event.seq}`, events: [last.event, e] }); return }
  out.push({ kind: 'line', key: `e${e.seq}`, event: e })
}

function message(out: Entry[], m: Message, ms: number): void {
  const key = m.client_key || m.id
  if (m.call) { out.push({ kind: 'call', key, message: m }); return }
  if (m.direction === 'note') { out.push({ kind: 'note', key, message: m }); return }
  if (m.medium !== 'chat') { out.push({ kind: 'mail', key, message: m }); return }
  const side = m.direction === 'in' ? 'them' : 'us'
  const last = out.at(-1)
  const before = last?.kind === 'chat' && last.side === side ? last.messages.at(-1) : undefined
  if (last?.kind === 'chat' && before && before.author.id === m.author.id && ms - (at(before.at) ?? 0) < together) last.messages.push(m)
  else out.push({ kind: 'chat', key, side, messages: [m] })
}

// Watches the talk go by and says when somebody was made to wait.
function waiter(events: HistoryEvent[]): (m: Message, ms: number) => Entry | undefined {
  let asked: number | undefined, answered: number | undefined
  return (m, ms) => {
    if (m.direction === 'note' || m.side || m.auto || m.author.kind === 'system' || m.call) return undefined
    if (m.direction === 'in') {
      const since = answered
      if (asked === undefined) asked = ms
      answered = undefined
      return since !== undefined && ms - since >= worthDrawing.reply ? { kind: 'wait', key: `w${m.id}`, who: 'us', ms: ms - since } : undefined
    }
    const since = asked
    asked = undefined
    answered = ms
    if (since === undefined || ms - since < worthDrawing[m.medium || 'email']) return undefined
    const met = metBy(events, m)
    return { kind: 'wait', key: `w${m.id}`, who: 'customer', ms: ms - since, ...(met ? { met } : {}) }
  }
}

function metBy(events: HistoryEvent[], m: Message): Target | undefined {
  for (const e of events) {
    if (e.kind !== 'clock_met') continue
    const clock = field(e, 'clock') as Record<string, unknown> | undefined
    const by = clock?.['met_by'] ?? clock?.['MetBy']
    if (by === m.id) return (clock?.['target'] ?? clock?.['Target']) as Target
  }
  return undefined
}
