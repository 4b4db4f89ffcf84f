// One turn of a clock in words: what caused it, who it was, and what they said.
import { useI18n } from 'vue-i18n'
import type { components } from '@/shared/api/schema'
import { useTierName } from '@/shared/lib/tiers'
import { useDirectory } from '@/shared/stores/directory'

export type Turn = components['schemas']['ClockTurn']

/** What a turn's cause says: several pieces, the empty ones left out. */
export function useTurnCause(): (turn: Turn) => string {
  const { t, te } = useI18n()
  const directory = useDirectory(), tierName = useTierName()
  // What a change led to: its kind says of what list the word is, for a queue may be called as a status is.
  function becameOf(cause: string, to: string): string {
    switch (cause) {
      case 'status_changed': return t(`status.${to || 'open'}`)
      case 'priority_changed': return t(`priority.${to || 'normal'}`)
      case 'tier_changed': return tierName(to || 'ordinary')
      case 'queue_changed': return directory.queueName(to)
      default: return to
    }
  }
  return (turn) => {
    const key = te(`clockWhy.cause.${turn.cause}`) || te(`clockWhy.cause.${turn.cause}`, 'en') ? `clockWhy.cause.${turn.cause}` : 'clockWhy.cause.other'
    // A waiver's cause is people's own words: the reason it was asked with, and what the second person said.
    const own = turn.cause.startsWith('waiver_') ? [turn.params['reason'], turn.params['note']] : []
    const asker = turn.params['asked_by'] ?? ''
    return [
      ...own, own.some(Boolean) ? '' : t(key, { to: becameOf(turn.cause, turn.params['to'] ?? '') }),
      asker && asker !== turn.by.id ? t('clockWhy.askedBy', { name: directory.agentName(asker) || asker }) : '',
      turn.by.kind === 'system' ? '' : turn.by.name,
    ].filter(Boolean).join(' · ')
  }
}
