// Letting a promise go: what may be done about one, by whom.
import type { Clock } from '../api/types'

export type WaiverDeed = 'waive' | 'decide' | 'back'

/** What a supervisor may do about a promise: let it go while it runs or was broken, decide what another asked, take back. */
export function waiverDeeds(k: Pick<Clock, 'state' | 'breached_at' | 'waiver'>, me: string): WaiverDeed[] {
  switch (k.waiver?.state) {
    case 'waived': return ['back']
    case 'asked': return k.waiver.by === me ? ['back'] : ['decide', 'back']
    default: return k.state === 'cancelled' || (k.state === 'met' && !k.breached_at) ? [] : ['waive']
  }
}
