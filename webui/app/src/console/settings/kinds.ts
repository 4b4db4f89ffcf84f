// The kinds of settings documents: where they stand, how a new one looks, and their forms.
import type { Medium } from '@/shared/api/types'
import type { Doc, Section } from './fields'
import { inboxBlank, inboxForm } from './inboxForm'
import { people, type Recipient } from './sla/ladder'

export type Path = 'agents' | 'teams' | 'skills' | 'inboxes' | 'queues' | 'tiers' | 'canned' | 'tags' | 'policies' | 'calendars' | 'review' | 'alerts' | 'webhooks' | 'reasons'
export interface Kind { path: Path, kind: string, group: 'people' | 'work' | 'time' | 'system', icon: string, blank: (medium?: Medium) => Doc, form: Section[], single?: boolean }

const name = { at: 'name', is: 'text', required: true } as const
const shiftLead = { at: 'shift_lead_min', is: 'per', of: 'media', each: 'minutes' } as const

export const kinds: Kind[] = [
  {
    path: 'agents', kind: 'agent', group: 'people', icon: 'i-lucide-user',
    blank: () => ({ id: '', name: '', email: '', role: 'agent', extension: '', locale: 'zh-CN', languages: [], teams: [], queues: [], skills: [], capacity: 100, maximum: {}, disabled: false, reviewer: false, shift_calendar: '', shift_lead_min: {}, deputy: '' }),
    form: [
      { title: 'person', fields: [name, { at: 'email', is: 'email', required: true }, { at: 'role', is: 'choice', of: 'roles' }, { at: 'extension', is: 'text' }, { at: 'locale', is: 'choice', of: 'locales' }, { at: 'reviewer', is: 'switch', when: d => d['role'] === 'agent' }, { at: 'disabled', is: 'switch', invert: true }] },
      { title: 'place', fields: [{ at: 'teams', is: 'many', of: 'teams', empty: 'noTeam' }, { at: 'queues', is: 'many', of: 'queues', as: 'agent_queues' }, { at: 'languages', is: 'many', of: 'languages' }, { at: 'skills', is: 'skills' }] },
      { title: 'load', fields: [{ at: 'capacity', is: 'number', min: 0, max: 10_000, standard: 100 }, { at: 'maximum', is: 'per', of: 'media', each: 'number' }] },
      { title: 'shift', fields: [{ at: 'shift_calendar', is: 'choice', of: 'calendars', none: 'teamShift' }, { at: 'deputy', is: 'choice', of: 'agents', none: 'noDeputy' }, shiftLead] },
    ],
  },
  {
    path: 'teams', kind: 'team', group: 'people', icon: 'i-lucide-users', blank: () => ({ id: '', name: '', queues: [], leads: [], shift_calendar: '', shift_lead_min: {} }),
    form: [
      { title: 'team', fields: [name, { at: 'queues', is: 'many', of: 'queues', as: 'team_queues' }, { at: 'leads', is: 'many', of: 'agents' }] },
      { title: 'shift', fields: [{ at: 'shift_calendar', is: 'choice', of: 'calendars', none: 'noShift' }, shiftLead] },
    ],
  },
  {
    path: 'reasons', kind: 'reason', group: 'people', icon: 'i-lucide-coffee', blank: () => ({ id: '', name: { 'en': '', 'zh-CN': '' }, takes: [], max_min: 0, order: 60, off: false }),
    form: [
      { title: 'reason', fields: [{ at: 'name.zh-CN', is: 'text', as: 'name_zh', orElse: 'name.en' }, { at: 'name.en', is: 'text', as: 'name_en', orElse: 'name.zh-CN' }, { at: 'order', is: 'number', min: 0, max: 10_000, as: 'menu_order' }, { at: 'off', is: 'switch', invert: true, as: 'reason_off' }] },
      { title: 'reasonOffers', fields: [{ at: 'takes', is: 'many', of: 'media', empty: 'takesNothing' }, { at: 'max_min', is: 'number', min: 0, max: 1440, unit: 'minutes' }] },
    ],
  },
  { path: 'skills', kind: 'skill', group: 'people', icon: 'i-lucide-graduation-cap', blank: () => ({ id: '', name: '' }), form: [{ title: 'skill', fields: [name] }] },
  { path: 'inboxes', kind: 'inbox', group: 'work', icon: 'i-lucide-inbox', blank: inboxBlank, form: inboxForm },
  {
    path: 'queues', kind: 'queue', group: 'work', icon: 'i-lucide-layers',
    blank: () => ({ id: '', name: '', target_s: 86_400, ring_s: 30, rule: '', auto_accept: [], owner_wait_s: 120, last_agent_wait_s: 60, last_agent_days: 14, keep_on_leave: [], wrap_up_s: {}, wrap_up_most_s: {}, weights: {}, tier_boost_min: {}, priority_boost_min: {}, overflow: [], relax: [] }),
    form: [
      { title: 'queue', fields: [name, { at: 'target_s', is: 'span', standard: 86_400 }, { at: 'goal_pct', is: 'number', min: 0, max: 100, standard: 90, unit: 'percent' }, { at: 'ring_s', is: 'span', max: 600, standard: 30 }, { at: 'rule', is: 'choice', of: 'rules' }, { at: 'auto_accept', is: 'many', of: 'media' }] },
      { title: 'prefer', fields: [{ at: 'owner_wait_s', is: 'span', standard: 120 }, { at: 'last_agent_wait_s', is: 'span', standard: 60 }, { at: 'last_agent_days', is: 'number', min: 0, max: 365, unit: 'days', standard: 14 }] },
      { title: 'weigh', fields: [
        { at: 'weights', is: 'per', of: 'media', each: 'number', defaults: { voice: 100, chat: 30, email: 10 } }, { at: 'wrap_up_s', is: 'per', of: 'media', each: 'span' }, { at: 'wrap_up_most_s', is: 'per', of: 'media', each: 'span' },
        { at: 'tier_boost_min', is: 'per', of: 'tiers', each: 'minutes', defaults: { strategic: 240, key: 120, ordinary: 0 } }, { at: 'priority_boost_min', is: 'per', of: 'priorities', each: 'minutes', defaults: { urgent: 240, high: 60, normal: 0, low: 0 } },
      ] },
      { title: 'help', fields: [{ at: 'overflow', is: 'overflow' }, { at: 'relax', is: 'relax' }, { at: 'keep_on_leave', is: 'many', of: 'media' }] },
    ],
  },
  {
    path: 'tiers', kind: 'tiers', group: 'work', icon: 'i-lucide-gem', single: true, blank: () => ({ strategic: '', key: '', ordinary: '' }),
    form: [{ title: 'tiers', fields: [{ at: 'strategic', is: 'text' }, { at: 'key', is: 'text' }, { at: 'ordinary', is: 'text' }] }],
  },
  {
    path: 'canned', kind: 'canned', group: 'work', icon: 'i-lucide-zap', blank: () => ({ id: '', shortcut: '', title: '', text: '', html: '', locale: '', team: '' }),
    form: [{ title: 'canned', fields: [{ at: 'shortcut', is: 'text', required: true }, { at: 'title', is: 'text', required: true }, { at: 'text', is: 'tall', required: true }, { at: 'locale', is: 'choice', of: 'locales', none: 'anyLanguage', as: 'canned_locale' }, { at: 'team', is: 'choice', of: 'teams', none: 'everybody' }] }],
  },
  {
    path: 'review', kind: 'review', group: 'work', icon: 'i-lucide-file-check-2', single: true,
    blank: () => ({ enabled: false, agents: [], tiers: [], contacts: [], words: [], share_percent: 0, timeout_s: 0, after_timeout: '' }),
    form: [
      { title: 'review', fields: [{ at: 'enabled', is: 'switch', as: 'review_enabled' }] },
      { title: 'reviewWhich', when: d => d['enabled'] === true, fields: [{ at: 'agents', is: 'many', of: 'agents', as: 'review_agents' }, { at: 'tiers', is: 'many', of: 'tiers', as: 'review_tiers' }, { at: 'words', is: 'lines', as: 'review_words' }, { at: 'share_percent', is: 'number', min: 0, max: 100, unit: 'percent', standard: 0 }] },
      { title: 'reviewTime', when: d => d['enabled'] === true, fields: [{ at: 'timeout_s', is: 'span', standard: 1800, as: 'review_timeout' }, { at: 'after_timeout', is: 'choice', of: 'afterReview', none: 'waitOn' }] },
    ],
  },
  { path: 'tags', kind: 'tag', group: 'work', icon: 'i-lucide-tag', blank: () => ({ id: '', name: '' }), form: [{ title: 'tag', fields: [name] }] },
  {
    path: 'policies', kind: 'policy', group: 'time', icon: 'i-lucide-timer',
    blank: () => ({ id: '', name: '', order: 50, disabled: false, when: {}, targets: [], warnings: [], keep_running: false, notices_in: '', ladder: [], promise_mail: '', waiver_approval: false }),
    form: [
      { title: 'policy', fields: [name, { at: 'order', is: 'number', min: -10_000, max: 10_000 }, { at: 'disabled', is: 'switch', invert: true, as: 'inForce' }] },
      { title: 'which', fields: [{ at: 'when.media', is: 'many', of: 'media', empty: 'any' }, { at: 'when.queues', is: 'many', of: 'queues', empty: 'any' }, { at: 'when.inboxes', is: 'many', of: 'inboxes', empty: 'any' }, { at: 'when.tiers', is: 'many', of: 'tiers', empty: 'any' }, { at: 'when.priorities', is: 'many', of: 'priorities', empty: 'any' }, { at: 'when.languages', is: 'many', of: 'spoken', empty: 'any' }, { at: 'when.tags', is: 'many', of: 'tags', empty: 'any' }, { at: 'when.skills', is: 'many', of: 'skills', empty: 'any' }, { at: 'when.owned', is: 'either' }] },
      { title: 'rules', fields: [{ at: 'no_warnings', is: 'switch', invert: true }, { at: 'warnings', is: 'percents', when: d => !d['no_warnings'] }, { at: 'keep_running', is: 'switch', invert: true }, { at: 'waiver_approval', is: 'switch' }] },
      { title: 'ladder', fields: [{ at: 'ladder', is: 'ladder' }, { at: 'notices_in', is: 'choice', of: 'calendars', none: 'anyHour' }] },
      { title: 'promiseMail', fields: [{ at: 'promise_mail', is: 'choice', of: 'calendars', none: 'noMail' }] },
    ],
  },
  {
    path: 'alerts', kind: 'alert', group: 'time', icon: 'i-lucide-siren',
    blank: () => ({ id: '', name: '', disabled: false, measure: 'waiting', queues: [], inboxes: [], raise: 10, clear: 0, after_s: 30, least: 0, notices_in: '' }),
    form: [
      { title: 'alert', fields: [name, { at: 'measure', is: 'choice', of: 'measures', required: true }, { at: 'disabled', is: 'switch', invert: true, as: 'inForce' }] },
      { title: 'alertAt', fields: [
        { at: 'raise', is: 'number', min: 1, max: 1_000_000, as: 'alert_raise', required: true }, { at: 'clear', is: 'number', min: 0, max: 1_000_000, as: 'alert_clear', standard: 0 }, { at: 'after_s', is: 'span', as: 'alert_after', standard: 0 },
        { at: 'least', is: 'number', min: 0, max: 1_000_000, as: 'alert_least', standard: 10, when: d => d['measure'] === 'service_level' },
      ] },
      { title: 'alertWhere', fields: [{ at: 'queues', is: 'many', of: 'queues', empty: 'any', as: 'alert_queues', when: d => d['measure'] !== 'channel_down' }, { at: 'inboxes', is: 'many', of: 'inboxes', empty: 'any', as: 'alert_inboxes', when: d => d['measure'] === 'channel_down' }] },
      { title: 'alertTo', fields: [{ at: 'to', is: 'recipients', as: 'alert_to' }, { at: 'mail', is: 'switch', as: 'alert_mail', when: d => people(d['to'] as Recipient[] ?? []) }, { at: 'notices_in', is: 'choice', of: 'calendars', none: 'anyHour', as: 'alert_notices_in', when: d => (d['to'] as Recipient[] ?? []).some(r => r.kind === 'mail') }] },
    ],
  },
  {
    path: 'calendars', kind: 'calendar', group: 'time', icon: 'i-lucide-calendar-clock',
    blank: () => ({ id: '', name: '', time_zone: 'Asia/Shanghai', always_open: false, hours: { mon: [['09:00', '18:00']], tue: [['09:00', '18:00']], wed: [['09:00', '18:00']], thu: [['09:00', '18:00']], fri: [['09:00', '18:00']] }, shifts: {}, breaks: {}, holidays: [], workdays: [], lists: ['cn'] }),
    form: [{ title: 'calendar', fields: [name, { at: 'time_zone', is: 'choice', of: 'zones', required: true }, { at: 'lists', is: 'many', of: 'lists' }, { at: 'always_open', is: 'switch' }] }],
  },
  {
    path: 'webhooks', kind: 'webhook', group: 'system', icon: 'i-lucide-webhook', blank: () => ({ id: '', name: '', url: '', events: [], enabled: true, disable_after_days: 0 }),
    form: [
      { title: 'webhook', fields: [name, { at: 'url', is: 'url', required: true }, { at: 'disable_after_days', is: 'number', min: 0, max: 90, unit: 'days', standard: 5 }, { at: 'enabled', is: 'switch', as: 'inForce' }] },
      { title: 'hookEvents', fields: [{ at: 'events', is: 'events' }] },
    ],
  },
]

export const kindOf = (path: string): Kind => kinds.find(k => k.path === path) ?? kinds[0]!

/** An id for a new document: from its name where that has letters, else from chance. Ids stand in addresses and logs.
 *  Where nobody knows which are taken, chance is part of each: an id twice would be one document in place of another. */
export function newId(kind: string, name: string, taken: string[] | undefined): string {
  const slug = name.normalize('NFKD').toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 40)
  const random = (): string => Array.from(crypto.getRandomValues(new Uint8Array(4)), b => b.toString(16).padStart(2, '0')).join('')
  if (slug.length >= 2 && taken && !taken.includes(slug)) return slug
  return `${slug.length >= 2 ? slug : kind}-${random()}`
}
