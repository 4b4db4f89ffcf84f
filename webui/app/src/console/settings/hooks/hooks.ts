// Webhooks: the facts they may be told of, and what is to be said about a delivery.
import type { components } from '@/shared/api/schema'
import { at } from '@/shared/lib/time'

export type Health = components['schemas']['HookHealth']
export type Delivery = components['schemas']['HookDelivery']

/** Every kind of fact there is to choose, in the order people look for them. */
export const events = {
  work: ['opened', 'status_changed', 'priority_changed', 'tier_changed', 'queue_changed', 'merged', 'absorbed', 'continued_in', 'customer_reassured', 'erased'],
  messages: ['message_received', 'message_queued', 'message_sent', 'message_failed', 'message_unknown'],
  routing: ['queued', 'offered', 'offer_accepted', 'offer_declined', 'offer_expired', 'offer_withdrawn', 'assigned', 'released', 'resumed'],
  promises: ['clock_started', 'clock_paused', 'clock_resumed', 'due_changed', 'clock_warned', 'clock_breached', 'clock_escalated', 'clock_acknowledged', 'clock_met', 'clock_cancelled'],
  house: ['presence_changed', 'channel_state'],
} as const
export type Group = keyof typeof events
export const groups = Object.keys(events) as Group[]
const order: readonly string[] = groups.flatMap(g => events[g] as readonly string[])

/** Adds kinds to a choice, or takes them out; what is kept stands in the order of the page. */
export function chosen(now: string[], kinds: readonly string[], on: boolean): string[] {
  const keep = new Set(on ? [...now, ...kinds] : now.filter(k => !kinds.includes(k)))
  return [...order.filter(k => keep.has(k)), ...now.filter(k => keep.has(k) && !order.includes(k))]
}

/** After so long without a try a delivery is not on its way: one about the same conversation goes first. */
const soon = 15_000

export interface Verdict { key: 'delivered' | 'sending' | 'turn' | 'again' | 'failed', good: boolean, icon: string }

/** How a delivery stands now (ms), as a key below `hooks.state`: one that was tried, or waits its turn, is not on its way. */
export function verdict(d: Pick<Delivery, 'state' | 'attempts' | 'next_at'>, now: number): Verdict {
  if (d.state === 'delivered') return { key: 'delivered', good: true, icon: 'i-lucide-check' }
  if (d.state === 'failed') return { key: 'failed', good: false, icon: 'i-lucide-circle-x' }
  if (d.attempts) return { key: 'again', good: false, icon: 'i-lucide-rotate-cw' }
  return now - (at(d.next_at) ?? now) > soon ? { key: 'turn', good: true, icon: 'i-lucide-hourglass' } : { key: 'sending', good: true, icon: 'i-lucide-send' }
}

/** Why the last try failed, as a key below `hooks.why`; an answer is told by its number. */
export const whyOf = (d: Pick<Delivery, 'reason' | 'status'>): string => d.reason || (d.status ? 'status' : '')

/** What was sent, with a line for each field; what is no JSON stays as it is. */
export function pretty(body: string): string {
  try { return JSON.stringify(JSON.parse(body), null, 2) } catch { return body }
}

export const healthIcon: Record<Health['state'], string> = {
  good: 'i-lucide-circle-check', failing: 'i-lucide-triangle-alert', disabled: 'i-lucide-octagon-x', off: 'i-lucide-circle-pause', new: 'i-lucide-circle-dashed',
}
