// A policy in sentences: what a rule asks, what it does, and what changes while somebody waits.
import { useI18n } from 'vue-i18n'
import { languageName } from '@/shared/lib/text'
import { useTierName } from '@/shared/lib/tiers'
import { useDirectory } from '@/shared/stores/directory'
import { fromSeconds } from '../spans'
import { useOptions } from '../useOptions'
import type { Decide, Delay, Finding, Limit, Prefer, Rule, SkillAt, Step, When } from './policy'

export interface Sentences {
  when: (w: When) => string
  does: (r: Rule) => string[]
  step: (s: Step) => string
  limit: (l: Limit) => string
  delay: (d: Delay) => string
  prefer: (p: Prefer | undefined) => string
  decide: (d: Decide | undefined) => string
  finding: (f: Finding) => string
  list: (names: string[]) => string
}

export function useSentences(): Sentences {
  const { t, te, locale } = useI18n()
  const directory = useDirectory(), tierName = useTierName(), options = useOptions()
  const list = (names: string[]): string => names.join(t('settings.comma'))
  const either = (names: string[]): string => names.join(t('settings.routing.or'))
  const span = (s: number): string => fromSeconds(s).replace(/(\d+)([dhms])/g, (_, n: string, unit: string) => t(`settings.routing.unit.${unit}`, { n })).replace(/(\p{Script=Han}) /gu, '$1')
  const agent = (id: string): string => directory.agentName(id) || id
  const team = (id: string): string => directory.all.teams.find(x => x.id === id)?.name ?? id
  const skill = (id: string): string => directory.all.skills.find(x => x.id === id)?.name || id
  const calendar = (id: string): string => options('calendars').find(o => o.value === id)?.label ?? id
  const language = (l: string): string => languageName(l, locale.value)
  const skills = (all: SkillAt[]): string => list(all.map(s => t('settings.routing.skillAt', { skill: skill(s.name), level: s.level })))
  const quoted = (words: string[]): string => either(words.map(w => t('settings.routing.quoted', { word: w })))
  const order = (o: string): string => t(`settings.rule.${o}`)
  const say = (key: string, params: Record<string, string | number> = {}): string => t(`settings.routing.say.${key}`, params)

  function when(w: When): string {
    const parts: string[] = []
    const any = (key: string, of: string[] | undefined, name: (id: string) => string): void => { if (of?.length) parts.push(say(key, { list: either(of.map(name)) })) }
    any('channel', w.channel, m => t(`medium.${m}`))
    any('inbox', w.inbox, directory.inboxName)
    any('tier', w.tier, tierName)
    any('owner', w.owner, agent)
    if (w.owned !== undefined) parts.push(say(w.owned ? 'owned' : 'unowned'))
    any('language', w.language, language)
    if (w.words?.length) parts.push(say('words', { list: quoted(w.words) }))
    if (w.no_words?.length) parts.push(say('noWords', { list: quoted(w.no_words) }))
    if (w.hours?.calendar) parts.push(say(w.hours.outside ? 'closed' : 'open', { calendar: calendar(w.hours.calendar) }))
    return parts.length ? parts.join(t('settings.routing.and')) : say('always')
  }
  function does(r: Rule): string[] {
    const out: string[] = []
    if (r.queue) out.push(say('queue', { queue: directory.queueName(r.queue) }))
    if (r.need?.length) out.push(say('need', { skills: skills(r.need) }))
    if (r.want?.length) out.push(say('want', { skills: skills(r.want) }))
    if (r.boost_min) out.push(say('boost', { n: r.boost_min }))
    if (r.order) out.push(say('order', { order: order(r.order) }))
    const first = prefer(r.prefer)
    if (first) out.push(first)
    for (const s of r.split ?? []) out.push(say(s.queue ? 'share' : s.order ? 'shareOrder' : 'shareName', { name: s.name, n: s.percent, queue: directory.queueName(s.queue ?? ''), order: s.order ? order(s.order) : '' }))
    return out
  }
  function prefer(p: Prefer | undefined): string {
    const one = (key: 'ownerFor' | 'lastFor', s: number | undefined): string => !s ? '' : s < 0 ? say(`${key}Not`) : say(key, { span: span(s) })
    return [one('ownerFor', p?.owner_s), one('lastFor', p?.last_agent_s)].filter(Boolean).join(t('settings.comma'))
  }
  function step(s: Step): string {
    const parts: string[] = []
    if (s.relax) parts.push(s.relax >= 5 ? t('settings.relaxAll') : t('settings.relaxN', { n: s.relax }, s.relax))
    if (s.drop?.length) parts.push(say('drop', { list: list(s.drop.map(skill)) }))
    if (s.queues?.length) parts.push(say('queues', { list: list(s.queues.map(directory.queueName)) }))
    if (s.teams?.length) parts.push(say('teams', { list: list(s.teams.map(team)) }))
    if (s.boost_min) parts.push(say('boost', { n: s.boost_min }))
    if (s.do) parts.push(t(`settings.routing.say.do.${s.do}`))
    return say(s.after_s ? 'after' : 'atOnce', { span: span(s.after_s), what: parts.join(t('settings.comma')) || say('nothing') })
  }
  function limit(l: Limit): string {
    const full = [l.size ? say('size', { n: l.size }) : '', l.wait_s ? say('wait', { span: span(l.wait_s) }) : ''].filter(Boolean).join(t('settings.routing.or'))
    return say('limit', { full: full || say('nothing'), what: t(`settings.routing.say.full.${l.do}`, { queue: directory.queueName(l.queue ?? '') }) })
  }
  function decide(d: Decide | undefined): string {
    if (!d) return ''
    const about = d.on?.length ? [say('decideOn', { list: either(d.on.map(m => t(`medium.${m}`))) })] : []
    return list([say('decide', { url: d.url, secret: d.secret, ms: d.deadline_ms || 800 }), ...about])
  }
  const delay = (d: Delay): string => say('delay', { team: team(d.team), span: span(d.after_s) })

  /** A finding in the reader's words; one this page does not know is said as the server says it. */
  function finding(f: Finding): string {
    const key = `settings.routing.finding.${f.reason}`
    const p = f.params
    const params = { ...p, skill: skill(p['skill'] ?? ''), queue: directory.queueName(p['queue'] ?? ''), team: team(p['team'] ?? ''), agent: agent(p['agent'] ?? ''), inbox: directory.inboxName(p['inbox'] ?? ''), calendar: calendar(p['calendar'] ?? ''), span: p['after_s'] ? span(Number(p['after_s'])) : '' }
    const how = f.reason.startsWith('nobody') && !p['skill'] ? `${key}_queue` : key
    return te(how) || te(how, 'en') ? t(how, params) : [f.path, f.reason, ...Object.entries(p).map(([k, v]) => `${k} ${v}`)].filter(Boolean).join(' · ')
  }
  return { when, does, step, limit, delay, prefer, decide, finding, list }
}
