// The fields of a rule, of a step and of a whole policy.
import type { Doc, Field } from '../fields'

export const whenFields: Field[] = [
  { at: 'when.channel', is: 'many', of: 'media', empty: 'any', as: 'when_media' },
  { at: 'when.tier', is: 'many', of: 'tiers', empty: 'any', as: 'when_tiers' },
  { at: 'when.language', is: 'many', of: 'spoken', empty: 'any', as: 'when_language' },
  { at: 'when.inbox', is: 'many', of: 'inboxes', empty: 'any', as: 'when_inboxes' },
  { at: 'when.owner', is: 'many', of: 'agents', empty: 'any', as: 'when_owner' },
  { at: 'when.words', is: 'lines', as: 'when_words' },
  { at: 'when.no_words', is: 'lines', as: 'when_no_words' },
  { at: 'when.hours.calendar', is: 'choice', of: 'calendars', none: 'anyHour', as: 'when_hours' },
  { at: 'when.hours.outside', is: 'switch', as: 'when_outside', when: d => Boolean(((d['when'] as Doc)['hours'] as Doc | undefined)?.['calendar']) },
]

export const thenFields: Field[] = [
  { at: 'queue', is: 'choice', of: 'queues', none: 'routing.here', as: 'rule_queue' },
  { at: 'need', is: 'skills', as: 'rule_need', when: d => !d['queue'] || Array.isArray(d['need']) },
  { at: 'want', is: 'skills', as: 'rule_want' },
  { at: 'boost_min', is: 'number', min: 0, max: 527_040, unit: 'minutes', standard: 0, as: 'rule_boost' },
  { at: 'order', is: 'choice', of: 'orders', none: 'routing.asPolicy', as: 'rule_order' },
]

export const stepFields: Field[] = [
  { at: 'after_s', is: 'span', max: 2_592_000, as: 'step_after' },
  { at: 'relax', is: 'number', min: 0, max: 5, standard: 0, as: 'step_relax' },
  { at: 'boost_min', is: 'number', min: 0, max: 527_040, unit: 'minutes', standard: 0, as: 'rule_boost' },
  { at: 'drop', is: 'many', of: 'skills', as: 'step_drop' },
  { at: 'queues', is: 'many', of: 'queues', as: 'step_queues' },
  { at: 'teams', is: 'many', of: 'teams', as: 'step_teams' },
  { at: 'do', is: 'choice', of: 'deeds', none: 'noDeed', as: 'step_do' },
  { at: 'text', is: 'words', as: 'step_text', when: d => Boolean(d['do']) && d['do'] !== 'alert' && d['do'] !== 'voicemail' },
  { at: 'hold', is: 'switch', as: 'step_hold' },
]

export const orderFields: Field[] = [
  { at: 'order', is: 'choice', of: 'orders', none: 'routing.asQueue', as: 'rule_order' },
  { at: 'own_first', is: 'switch', as: 'own_first' },
]

export const decideFields: Field[] = [
  { at: 'url', is: 'url', required: true, as: 'decide_url' },
  { at: 'secret', is: 'text', required: true, as: 'decide_secret' },
  { at: 'deadline_ms', is: 'number', min: 50, max: 3000, unit: 'ms', standard: 800, as: 'decide_deadline' },
  { at: 'on', is: 'many', of: 'media', empty: 'any', as: 'when_media' },
]

export const limitFields: Field[] = [
  { at: 'size', is: 'number', min: 0, max: 1_000_000, standard: 0, as: 'limit_size' },
  { at: 'wait_s', is: 'span', max: 2_592_000, as: 'limit_wait' },
  { at: 'do', is: 'choice', of: 'limitDeeds', required: true, as: 'limit_do' },
  { at: 'queue', is: 'choice', of: 'queues', none: 'choose', as: 'rule_queue', when: d => d['do'] === 'overflow' },
  { at: 'text', is: 'words', as: 'step_text', when: d => d['do'] === 'message' || d['do'] === 'refuse' || d['do'] === 'callback' },
]
