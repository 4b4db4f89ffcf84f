// The offers of a trace, each with how it ended.
import type { TraceStep } from '@/shared/api/types'
import { readWhy, type Why } from '@/shared/lib/why'

export interface TracedOffer {
  id: string
  agent: string
  at: string | null
  auto: boolean
  why: Why
  ended: 'accepted' | 'declined' | 'expired' | 'withdrawn' | ''
  endedAt: string | null
  reason: string
}

export function offersOf(steps: TraceStep[]): TracedOffer[] {
  const out: TracedOffer[] = []
  for (const s of steps) {
    if (s.kind === 'offered') out.push({ id: s.offer, agent: s.agent, at: s.at, auto: s.auto, why: readWhy(s.why), ended: '', endedAt: null, reason: '' })
    const ended = /^offer_(accepted|declined|expired|withdrawn)$/.exec(s.kind)?.[1] as TracedOffer['ended'] | undefined
    const offer = ended && out.find(o => o.id === s.offer)
    if (offer) Object.assign(offer, { ended, endedAt: s.at, reason: s.reason })
  }
  return out
}
