// The router's reasons, read: what it wrote with every offer so that it can be explained.
import type { Reason } from '../api/types'

/** Milliseconds of a duration as the router writes it: `5h0m0s`, `1m30s`, `250ms`. */
export function duration(text: string): number {
  const unit: Record<string, number> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 }
  let sum = 0
  for (const [, n, u] of text.matchAll(/([\d.]+)(h|ms|m|s)/g)) sum += Number(n) * (unit[u ?? ''] ?? 0)
  return sum
}

export interface Why {
  /** Why this agent: owner, last_agent, returned, transfer, longest_idle, least_loaded, most_skilled, by_hand. */
  choice: string
  rank: number | undefined
  due: number | undefined
  boost: number
  waited: number
  load: { before: number, weight: number, capacity: number } | undefined
  skills: string
  idle: number | undefined
  relaxed: number
  overflow: string[]
  ringing: boolean
  forced: boolean
  /** Declined before, but nobody else could take it. */
  again: boolean
  /** How many serve its queues, and the first of those who were passed over; 0 and none when nobody else was asked. */
  considered: number
  passed: Passed[]
}

/** An agent who did not get an offer: one reason, or how they compared. */
export interface Passed { agent: string, reason: string, load: string, skill: string, idle: number | undefined, declined: boolean, language: boolean }

export function readWhy(reasons: Reason[]): Why {
  const of = (rule: string): string | undefined => reasons.find(r => r.rule === rule)?.value
  const time = (text: string | undefined): number | undefined => {
    const ms = Date.parse(text ?? '')
    return Number.isNaN(ms) ? undefined : ms
  }
  const load = /^(\d+)\+(\d+)\/(\d+)$/.exec(of('load') ?? '')
  const idle = of('idle')
  return {
    choice: of('by_hand') !== undefined ? 'by_hand' : of('prefer') ?? of('rule') ?? '',
    rank: time(of('rank')), due: time(of('due')), boost: duration(of('boost') ?? ''), waited: duration(of('waited') ?? ''),
    load: load ? { before: Number(load[1]), weight: Number(load[2]), capacity: Number(load[3]) } : undefined,
    skills: of('skills') ?? '', idle: idle === undefined ? undefined : duration(idle), relaxed: Number(of('relaxed') ?? 0),
    overflow: reasons.filter(r => r.rule === 'overflow').map(r => r.value),
    ringing: of('ringing') !== undefined, forced: of('forced') === 'true', again: of('again') !== undefined,
    considered: Number(of('considered') ?? 0), passed: reasons.filter(r => r.rule === 'passed').map(r => readPassed(r.value)),
  }
}

// `ann away`, or `ann behind declined_before language load=20/100 idle=5m0s`.
function readPassed(text: string): Passed {
  const [agent = '', reason = '', ...more] = text.split(' ')
  const of = (name: string): string => more.find(w => w.startsWith(`${name}=`))?.slice(name.length + 1) ?? ''
  return { agent, reason, load: of('load'), skill: of('skill'), idle: of('idle') ? duration(of('idle')) : undefined, declined: more.includes('declined_before'), language: more.includes('language') }
}
