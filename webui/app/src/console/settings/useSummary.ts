// One line about a document, for lists.
import { useI18n } from 'vue-i18n'
import { useTierName } from '@/shared/lib/tiers'
import type { useDirectory } from '@/shared/stores/directory'
import type { Doc } from './fields'
import type { Path } from './kinds'
import { fromSeconds } from './spans'

type Names = ReturnType<typeof useDirectory>

export function useSummary(): (path: Path, doc: Doc, names: Names) => string {
  const { t } = useI18n()
  const tierName = useTierName()
  const list = (v: unknown): string[] => Array.isArray(v) ? v.map(String) : []
  return (path, doc, names) => {
    const team = (id: string): string => names.all.teams.find(x => x.id === id)?.name ?? id
    const queues = (v: unknown): string => list(v).map(names.queueName).join(t('settings.comma'))
    const parts: (string | false | undefined)[] = {
      agents: () => [t(`role.${String(doc['role'])}`), String(doc['email'] ?? ''), list(doc['teams']).map(team).join(t('settings.comma'))],
      teams: () => [queues(doc['queues'])],
      skills: () => [], review: () => [],
      inboxes: () => [String(doc['address'] ?? ''), names.queueName(String(doc['queue'] ?? ''))],
      queues: () => [t('settings.sum.ring', { span: fromSeconds(Number(doc['ring_s']) || 30) }), list(doc['overflow']).length > 0 && t('settings.sum.overflow')],
      tiers: () => [],
      canned: () => [`/${String(doc['shortcut'] ?? '')}`, doc['team'] ? team(String(doc['team'])) : t('settings.everybody')],
      tags: () => [],
      policies: () => [t('settings.sum.targets', { n: list(doc['targets']).length }, list(doc['targets']).length), scope(doc['when'] as Doc | undefined)],
      alerts: () => [t(`settings.measure.${String(doc['measure'])}`), String(doc['raise'] ?? ''), doc['disabled'] === true && t('settings.off')],
      webhooks: () => [], reasons: () => [],
      calendars: () => [String(doc['time_zone'] ?? ''), doc['always_open'] === true && t('settings.field.always_open')],
    }[path]()
    return parts.filter(Boolean).join(' · ')

    function scope(when: Doc | undefined): string {
      return [...list(when?.['media']).map(m => t(`medium.${m}`)), ...list(when?.['tiers']).map(tierName), queues(when?.['queues'])].filter(Boolean).join(t('settings.comma')) || t('settings.any')
    }
  }
}
