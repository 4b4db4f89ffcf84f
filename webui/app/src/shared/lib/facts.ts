// Facts of the record as sentences: one for each kind, whoever shows it.
import { useI18n } from 'vue-i18n'
import type { HistoryEvent } from '../api/types'
import { useDirectory } from '../stores/directory'
import { serverNow } from './now'
import { at, moment } from './time'

/** The steps a trace tells of. */
export const routed = ['queued', 'resumed', 'unqueued', 'offered', 'offer_accepted', 'offer_declined', 'offer_expired', 'offer_withdrawn', 'assigned', 'released', 'queue_changed', 'policy_acted', 'reranked'] as const

/** A field of a fact, however its name is cased. */
export function field(e: HistoryEvent, name: string): unknown {
  const want = name.replace(/_/g, '').toLowerCase()
  return Object.entries(e.data ?? {}).find(([k]) => k.replace(/_/g, '').toLowerCase() === want)?.[1]
}

/** What promise a fact about a clock speaks of. */
export function targetOf(e: HistoryEvent): string {
  const clock = field(e, 'clock') as Record<string, unknown> | undefined
  return String(clock?.['target'] ?? clock?.['Target'] ?? field(e, 'target') ?? 'next_response')
}

export function useFactWords(): (e: HistoryEvent) => string {
  const { t, te, locale } = useI18n()
  const directory = useDirectory()
  const list = (v: unknown): string[] => Array.isArray(v) ? v.map(String) : []
  return (e) => {
    const word = (name: string): string => String(field(e, name) ?? '')
    const reason = word('note') || word('reason') || word('words') || word('cause')
    const said = (key: string): string => te(key) || te(key, 'en') ? t(key) : ''
    const to = e.kind === 'queue_changed' ? directory.queueName(word('to')) : e.kind === 'subject_changed' ? word('to') : said(`${e.kind.split('_')[0]}.${stateOf(field(e, 'to'))}`) || stateOf(field(e, 'to'))
    const key = `fact.${e.kind}`
    if (!te(key) && !te(key, 'en')) return e.kind
    const ms = at(word('not_before'))
    return t(key, {
      note: reason && t('factNote', { words: reason }), to, n: Number(field(e, 'stars') ?? 0), number: word('number'), level: word('level'),
      name: directory.agentName(word('agent')) || word('agent'), target: t(`target.${targetOf(e)}`), when: ms === undefined ? '' : moment(ms, serverNow(), locale.value),
      state: said(`factReview.${word('state')}`) || word('state'), after: t(`factAfter.${word('after') || 'wait'}`),
      tags: [...list(field(e, 'added')).map(x => `+${x}`), ...list(field(e, 'removed')).map(x => `−${x}`)].join(' '),
    })
  }
}

const stateOf = (v: unknown): string => String((v as { state?: string } | undefined)?.state ?? v ?? '')
