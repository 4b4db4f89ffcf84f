// An agent's day: the spans of their states, and what is told of it.
import type { DayItem } from '@/shared/api/types'
import { at } from '@/shared/lib/time'

export interface Span { state: string, from: number, to: number }

interface Change { from?: { state?: string }, to?: { state?: string } }

/** The states between two moments, from changes newest first. Before the first change it was what that change came from. */
export function spans(items: DayItem[], from: number, to: number): Span[] {
  const changes = items.filter(i => i.event.kind === 'presence_changed').map(i => ({ at: at(i.event.at) ?? from, data: i.event.data as Change })).reverse()
  const out: Span[] = []
  let state = changes[0]?.data.from?.state ?? '', since = from
  for (const c of changes) {
    if (state && c.at > since) out.push({ state, from: since, to: c.at })
    state = c.data.to?.state ?? ''
    since = c.at
  }
  if (state && to > since) out.push({ state, from: since, to })
  return out
}

/** One answer may keep two promises: it is told once, with the longer wait, and late when either was. */
function once(items: DayItem[]): DayItem[] {
  const answers = new Map<string, DayItem>()
  const key = (i: DayItem): string => `${i.conversation} ${i.event.at ?? ''}`
  for (const i of items.filter(i => i.wait_s !== undefined)) {
    const had = answers.get(key(i))
    if (!had || (i.wait_s ?? 0) > (had.wait_s ?? 0)) answers.set(key(i), { ...i, late: i.late || had?.late === true })
    else if (i.late) answers.set(key(i), { ...had, late: true })
  }
  return items.flatMap((i) => {
    if (i.wait_s === undefined) return [i]
    const one = answers.get(key(i))
    return one?.event.seq === i.event.seq ? [one] : []
  })
}

/** Kinds that say the same as another line beside them. */
const doubled = new Set(['message_sent', 'offer_accepted', 'clock_breached'])
export const shown = (items: DayItem[]): DayItem[] => once(items).filter(i => !doubled.has(i.event.kind) && (i.event.kind !== 'clock_met' || i.wait_s !== undefined))
