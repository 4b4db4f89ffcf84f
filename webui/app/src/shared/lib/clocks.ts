// From the wire's clocks to what a chip needs.
import type { Clock, Conversation } from '../api/types'
import type { ChipInput } from './clock'
import { serverNow } from './now'
import { at } from './time'

/** One promise of a conversation. */
export function chipInput(k: Clock, c?: Conversation): ChipInput {
  return {
    ...opt('dueAt', k.due_at), ...opt('startedAt', k.started_at), ...opt('riskAt', k.warn_at),
    ...opt('metAt', k.state === 'met' ? k.met_at : null), ...(k.state === 'cancelled' ? { cancelledAt: 0 } : {}),
    ...(waived(k) ? { waived: true } : {}),
    ...opt('pausedAt', k.state === 'paused' ? k.paused_at : null),
    ...(c ? waiting(c) : {}),
  }
}

/** The one clock a row shows: late first, then the nearest running response, then resolution; else why it rests. */
export function rowClock(c: Conversation): ChipInput {
  if (c.status === 'resolved') return { waiting: 'resolved' }
  const running = c.clocks.filter(k => k.state === 'running' && k.due_at && !waived(k))
  const late = running.filter(k => at(k.due_at)! <= serverNow())
  const responses = running.filter(k => k.target !== 'resolution')
  const pick = soonest(late) ?? soonest(responses) ?? (c.status === 'open' ? soonest(running) : undefined)
  if (pick) return chipInput(pick, c)
  if (c.due_at && c.status === 'open') return { ...opt('dueAt', c.due_at) }
  return waiting(c)
}

/** Whether somebody said "I have it" of what was announced last: said of a warning it does not count for the breach after it. */
export function inHand(k: Clock): boolean {
  return k.acknowledged_by !== '' && (at(k.breached_at) ?? -Infinity) < (at(k.acknowledged_at) ?? Infinity)
}

const waived = (k: Clock): boolean => k.waiver?.state === 'waived'

function soonest(list: Clock[]): Clock | undefined {
  return [...list].sort((a, b) => at(a.due_at)! - at(b.due_at)!)[0]
}

function waiting(c: Conversation): ChipInput {
  if (c.status === 'open') return {}
  return { waiting: c.status, ...opt('snoozedUntil', c.snooze_until) }
}

function opt<K extends string>(key: K, text: string | null): { [k in K]?: number } {
  const ms = at(text)
  return ms === undefined ? {} : { [key]: ms } as { [k in K]: number }
}
