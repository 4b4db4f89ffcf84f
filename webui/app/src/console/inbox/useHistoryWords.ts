// Facts as sentences.
import { useI18n } from 'vue-i18n'
import type { HistoryEvent } from '@/shared/api/types'
import { useTierName } from '@/shared/lib/tiers'
import { useDirectory } from '@/shared/stores/directory'
import { field, targetOf, useFactWords } from '@/shared/lib/facts'

export interface Line { icon: string, text: string }

export function useHistoryWords(): (e: HistoryEvent) => Line {
  const { t } = useI18n()
  const directory = useDirectory(), tierName = useTierName()
  const fact = useFactWords()
  const word = (e: HistoryEvent, name: string): string => String(field(e, name) ?? '')
  return (e) => {
    const who = e.actor.kind === 'system' || !e.actor.name ? t('common.system') : e.actor.name
    switch (e.kind) {
      case 'assigned': {
        const name = directory.agentName(word(e, 'agent'))
        const self = e.actor.id === word(e, 'agent') || e.actor.kind === 'system'
        return { icon: 'i-lucide-user-check', text: t(self ? 'history.took' : 'history.assigned', { who, name }) }
      }
      case 'queue_changed': return { icon: 'i-lucide-arrow-right-left', text: t('history.queue', { who, to: directory.queueName(word(e, 'to')), note: word(e, 'note') && `: ${word(e, 'note')}` }) }
      case 'status_changed': return { icon: statusIcon(word(e, 'to')), text: t('history.status', { who, to: t(`status.${word(e, 'to') || 'open'}`) }) }
      case 'priority_changed': return { icon: 'i-lucide-flag', text: t('history.priority', { who, to: t(`priority.${word(e, 'to') || 'normal'}`) }) }
      case 'tier_changed': return { icon: 'i-lucide-gem', text: t('history.tier', { who, to: tierName(word(e, 'to') || 'ordinary') }) }
      case 'clock_breached': return { icon: 'i-lucide-alarm-clock', text: t('history.late', { target: t(`target.${targetOf(e)}`) }) }
      case 'customer_reached': return { icon: 'i-lucide-phone-call', text: t('history.reached', { who, note: word(e, 'note') && `: ${word(e, 'note')}` }) }
      case 'subject_changed': return { icon: 'i-lucide-pencil', text: t('history.subject', { who, to: word(e, 'to') }) }
      case 'rated': return { icon: 'i-lucide-star', text: fact(e) }
      case 'continued_in': return { icon: 'i-lucide-corner-up-right', text: t('history.continued') }
      case 'identified': return { icon: 'i-lucide-badge-check', text: t('history.identified') }
      case 'absorbed': return { icon: 'i-lucide-git-merge', text: t('history.absorbed', { who }) }
      case 'merged': return { icon: 'i-lucide-git-merge', text: t('history.merged', { who }) }
      default: return { icon: icons[e.kind] ?? 'i-lucide-dot', text: e.actor.kind === 'system' || !e.actor.name ? fact(e) : t('factBy', { who, what: fact(e) }) }
    }
  }
}

const icons: Record<string, string> = {
  tags_changed: 'i-lucide-tag', message_rescheduled: 'i-lucide-calendar-clock', review_asked: 'i-lucide-file-clock', review_decided: 'i-lucide-file-check-2',
  review_escalated: 'i-lucide-alarm-clock', clock_escalated: 'i-lucide-megaphone', clock_acknowledged: 'i-lucide-hand', customer_reassured: 'i-lucide-mail-check', address_suppressed: 'i-lucide-mail-x', redacted: 'i-lucide-eraser',
}

function statusIcon(to: string): string {
  const icons: Record<string, string> = { resolved: 'i-lucide-check', pending: 'i-lucide-pause', snoozed: 'i-lucide-clock' }
  return icons[to] ?? 'i-lucide-rotate-ccw'
}
