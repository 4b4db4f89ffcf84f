// What the server would let this person do with a conversation: nothing else is offered, in menus, buttons and keys alike.
import type { Conversation, Role, Target } from '@/shared/api/types'
import { chipInput, inHand } from '@/shared/lib/clocks'
import { chipOf } from '@/shared/lib/clock'
import { serverNow } from '@/shared/lib/now'

export interface Deeds {
  /** Resolve it, or open it again. */
  status: boolean
  /** Let it wait: pending or snoozed. */
  wait: boolean
  /** Nobody has it, and it rings at nobody else. */
  take: boolean
  /** Give it to somebody or to another queue. */
  hand: boolean
  merge: boolean
}

export function deedsOf(row: Pick<Conversation, 'merged_into' | 'status' | 'offered_to' | 'assignee'>, who: { me: string, may: (role: Role) => boolean }): Deeds {
  const here = !row.merged_into, going = here && row.status !== 'resolved'
  const mine = !row.assignee || row.assignee === who.me || who.may('supervisor')
  return { status: here, wait: going, take: going && !row.assignee && (!row.offered_to || row.offered_to === who.me), hand: going && mine, merge: here }
}

/** The promises that are late or at risk and that I have not said to look after. */
export function pressing(row: Pick<Conversation, 'clocks'>, me: string, now = serverNow()): Target[] {
  return row.clocks.filter(k => k.state === 'running' && !(k.acknowledged_by === me && inHand(k)) && ['risk', 'late'].includes(chipOf(chipInput(k), now).state)).map(k => k.target)
}

