// What a clock chip shows now: pure, so that the table of UI.md 5.2 is a test.
import { left, passed, type Said } from './time'

/** What is known about one promise, or about a row's nearest one. Times are Unix ms. */
export interface ChipInput {
  dueAt?: number
  startedAt?: number
  /** When the last warning of the policy falls due; from then the chip is at risk. */
  riskAt?: number
  pausedAt?: number
  metAt?: number
  cancelledAt?: number
  /** A supervisor let it go: it runs, but nobody is told and nothing is counted. */
  waived?: boolean
  /** Why nothing runs: the status of the conversation. */
  waiting?: 'pending' | 'snoozed' | 'resolved'
  snoozedUntil?: number
}

export type ChipState = 'ok' | 'risk' | 'late' | 'paused' | 'snoozed' | 'met' | 'cancelled' | 'waived' | 'none'

export interface Chip {
  state: ChipState
  /** Share of the time used, 0 to 1, for the ring. */
  used: number
  /** Time left or passed, to be translated below `time.`. */
  said?: Said
}

/** Where no policy's warning is known, the last fifth is at risk, as the default policies warn at 80 %. */
const riskShare = 0.8

export function chipOf(c: ChipInput, now: number): Chip {
  if (c.waived) return { state: 'waived', used: 0 }
  if (c.cancelledAt !== undefined) return { state: 'cancelled', used: 0 }
  if (c.metAt !== undefined) return { state: 'met', used: 1 }
  if (c.pausedAt !== undefined || c.dueAt === undefined) return resting(c)
  const rest = c.dueAt - now
  if (rest <= 0) return { state: 'late', used: 1, said: passed(-rest) }
  const span = c.startedAt === undefined ? undefined : c.dueAt - c.startedAt
  const used = span && span > 0 ? Math.min(1, Math.max(0, (now - c.startedAt!) / span)) : 0
  const risk = c.riskAt !== undefined ? now >= c.riskAt : span !== undefined && used >= riskShare
  return { state: risk ? 'risk' : 'ok', used, said: left(rest) }
}

function resting(c: ChipInput): Chip {
  if (c.waiting === 'snoozed') return { state: 'snoozed', used: 0 }
  if (c.waiting === 'pending' || c.pausedAt !== undefined) return { state: 'paused', used: 0 }
  return { state: 'none', used: 0 }
}
