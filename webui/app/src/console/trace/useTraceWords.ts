// A trace in sentences.
import { useI18n } from 'vue-i18n'
import type { Conversation, Trace, TraceStep } from '@/shared/api/types'
import { useHindrance } from '@/shared/lib/hindrance'
import { useSaid } from '@/shared/lib/said'
import { at, clockSeconds, moment, passed } from '@/shared/lib/time'
import { serverNow } from '@/shared/lib/now'
import { useDirectory } from '@/shared/stores/directory'
import type { TracedOffer } from './offers'

export interface TraceWords {
  sentence: (t: Trace, row: Conversation | undefined, offer: TracedOffer | undefined) => string
  reasons: (o: TracedOffer) => { rule: string, name: string, value: string }[]
  passed: (o: TracedOffer) => { agent: string, name: string, why: string }[]
  step: (s: TraceStep) => string
  time: (text: string | null) => string
}

export function useTraceWords(): TraceWords {
  const { t, te, locale } = useI18n()
  const directory = useDirectory()
  const name = (id: string): string => directory.agentName(id) || id
  const said = useSaid(), hindrance = useHindrance()
  const span = (ms: number): string => said(passed(ms))
  const time = (text: string | null): string => { const ms = at(text); return ms === undefined ? '' : clockSeconds(ms, locale.value) }
  const clock = (ms: number): string => moment(ms, serverNow(), locale.value)
  const choice = (o: TracedOffer): string => te(`trace.choice.${o.why.choice}`) ? t(`trace.choice.${o.why.choice}`) : t('trace.choice.other')

  function sentence(tr: Trace, row: Conversation | undefined, o: TracedOffer | undefined): string {
    if (!o) return tr.routing === 'waiting' ? t('trace.waits', { n: tr.ahead }, tr.ahead) : t('trace.never')
    const number = row ? `#${row.number}` : ''
    if (o.why.choice === 'by_hand') return t('trace.byHand', { time: time(o.at), number, name: name(o.agent) })
    const first = o.why.boost > 0 ? t('trace.boosted', { time: time(o.at), number, span: span(o.why.boost) }) : t('trace.plain', { time: time(o.at), number })
    return `${first}${locale.value === 'zh-CN' ? '' : ' '}${t('trace.to', { name: name(o.agent), why: choice(o) })}`
  }

  function reasons(o: TracedOffer): { rule: string, name: string, value: string }[] {
    const w = o.why, out: { rule: string, name: string, value: string }[] = []
    const add = (rule: string, value: string | undefined): void => { if (value) out.push({ rule, name: t(`trace.rule.${rule}`), value }) }
    add('choice', choice(o))
    add('load', w.load && `${w.load.before} + ${w.load.weight} / ${w.load.capacity}`)
    add('idle', w.idle === undefined ? undefined : span(w.idle))
    add('skills', w.skills)
    add('relaxed', w.relaxed ? t('trace.levels', { n: w.relaxed }, w.relaxed) : undefined)
    add('overflow', w.overflow.map(directory.queueName).join(', '))
    add('ringing', w.ringing ? t('trace.ringing') : undefined)
    add('again', w.again ? t('trace.again') : undefined)
    add('forced', w.forced ? t('trace.forced') : undefined)
    add('due', w.due === undefined ? undefined : clock(w.due))
    add('boost', w.boost ? span(w.boost) : undefined)
    add('rank', w.rank === undefined ? undefined : clock(w.rank))
    add('waited', w.waited ? span(w.waited) : undefined)
    return out
  }

  function step(s: TraceStep): string {
    const key = `trace.step.${s.kind}`
    const reason = s.kind === 'offer_declined' && te(`offer.reason.${s.reason}`) ? t(`offer.reason.${s.reason}`) : s.kind === 'queue_changed' ? directory.queueName(s.reason) : s.kind === 'policy_acted' && te(`settings.routing.deed.${s.reason}`) ? t(`settings.routing.deed.${s.reason}`) : te(`trace.left.${s.reason}`) ? t(`trace.left.${s.reason}`) : ''
    const told = te(key) || te(key, 'en') ? t(key, { name: name(s.agent), reason }) : s.kind
    const rule = s.why.find(r => r.rule === 'policy_rule')?.value
    const whole = s.forced ? `${told} (${t('trace.forced')})` : told.replace(/[:：]\s*$/, '')
    return rule && s.kind !== 'offered' ? `${whole} · ${t('trace.byRule', { rule })}` : whole
  }
  function passedOver(o: TracedOffer): { agent: string, name: string, why: string }[] {
    return o.why.passed.map((p) => {
      const why = t(hindrance(p.reason))
      const more = [
        p.declined && t('trace.behind.declined'), p.language && t('trace.behind.language'), p.load && t('trace.behind.load', { load: p.load }),
        p.skill && t('trace.behind.skill', { n: p.skill }), p.idle !== undefined && t('trace.behind.idle', { span: span(p.idle) }),
      ].filter(Boolean)
      return { agent: p.agent, name: name(p.agent), why: [why, ...more].join(' · ') }
    })
  }
  return { sentence, reasons, passed: passedOver, step, time }
}
