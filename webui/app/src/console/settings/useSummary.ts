// One line about a document, for lists.
import { useI18n } from 'vue-i18n'
import { useSaid } from '@/shared/lib/said'
import { percent } from '@/shared/lib/text'
import { useTierName } from '@/shared/lib/tiers'
import { passed } from '@/shared/lib/time'
import type { useDirectory } from '@/shared/stores/directory'
import type { Doc } from './fields'
import type { Path } from './kinds'

type Names = ReturnType<typeof useDirectory>

export function useSummary(): (path: Path, doc: Doc, names: Names) => string {
  const { t, locale } = useI18n()
  const said = useSaid()
  const tierName = useTierName()
  const list = (v: unknown): string[] => Array.isArray(v) ? v.map(String) : []
  /** What is measured, and from where it is told. */
  function alert(measure: string, n: number): string {
    const level = measure === 'service_level' ? percent(n, locale.value) : measure === 'waiting' ? String(n) : said(passed(n * 1000))
    return t(`settings.sum.alert.${measure}`, { n: level })
  }
  return (path, doc, names) => {
    const team = (id: string): string => names.all.teams.find(x => x.id === id)?.name ?? id
    const queues = (v: unknown): string => list(v).map(names.queueName).join(t('settings.comma'))
    const parts: (string | false | undefined)[] = {
      agents: () => [t(`role.${String(doc['role'])}`), String(doc['email'] ?? ''), list(doc['teams']).map(team).join(t('settings.comma'))],
      teams: () => [queues(doc['queues'])],
      skills: () => [], review: () => [],
      inboxes: () => [String(doc['address'] ?? ''), names.queueName(String(doc['queue'] ?? ''))],
      queues: () => [t('settings.sum.ring', { span: said(passed((Number(doc['ring_s']) || 30) * 1000)) }), list(doc['overflow']).length > 0 && t('settings.sum.overflow')],
      tiers: () => [],
      canned: () => [`/${String(doc['shortcut'] ?? '')}`, doc['team'] ? team(String(doc['team'])) : t('settings.everybody')],
      tags: () => [],
      policies: () => [t('settings.sum.targets', { n: list(doc['targets']).length }, list(doc['targets']).length), scope(doc['when'] as Doc | undefined)],
      alerts: () => [alert(String(doc['measure']), Number(doc['raise'])), doc['disabled'] === true && t('settings.off')],
      webhooks: () => [], reasons: () => [],
      calendars: () => [String(doc['time_zone'] ?? ''), doc['always_open'] === true && t('settings.field.always_open')],
    }[path]()
    return parts.filter(Boolean).join(' · ')

    function scope(when: Doc | undefined): string {
      return [...list(when?.['media']).map(m => t(`medium.${m}`)), ...list(when?.['tiers']).map(tierName), queues(when?.['queues'])].filter(Boolean).join(t('settings.comma')) || t('settings.any')
    }
  }
}
