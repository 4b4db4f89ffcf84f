// A policy's ladder: whom to tell so long after a warning or a breach was announced, until somebody has it in hand.
import type { components } from '@/shared/api/schema'
import { isAddress } from '@/shared/lib/addresses'
import type { Doc } from '../fields'

export type Step = components['schemas']['StepDoc']
export type Recipient = components['schemas']['RecipientDoc']

/** A webhook, as far as it is chosen from. */
export interface Named { id: string, name: string }

export const late = 100
/** Recipients that stand for people around the conversation, and take no name. */
export const around = ['assignee', 'owner', 'team_leads', 'supervisors'] as const
/** Recipients who stand for people around an alert, which belongs to no one customer. */
export const aroundAlert = ['team_leads', 'supervisors'] as const
const longest = 30 * 24 * 60 // minutes

/** What a step may hang on: the policy's warnings (the usual ones where it names none), and the breach. */
export function levels(doc: Doc, usual: number[]): number[] {
  const own = Array.isArray(doc['warnings']) ? (doc['warnings'] as number[]).filter(n => Number.isInteger(n)) : []
  return [...doc['no_warnings'] ? [] : own.length ? own : usual, late]
}

/** What is wrong with a step, as a key below `settings.problem`. */
export function wrongStep(s: Step): 'ladderSpan' | 'ladderNobody' | 'ladderMail' | undefined {
  if (s.after_min < 0 || s.after_min > longest) return 'ladderSpan'
  if (!s.to.length) return 'ladderNobody'
  return wrongRecipient(s.to)
}

export function wrongRecipient(to: Recipient[]): 'ladderMail' | undefined {
  return to.some(r => r.kind === 'mail' && !isAddress(r.id ?? '')) ? 'ladderMail' : undefined
}

/** Whether there are people of ours among them, who can be mailed as well. */
export const people = (to: Recipient[]): boolean => to.some(r => r.kind !== 'mail' && r.kind !== 'webhook')

export const keyOf = (r: Recipient): string => r.id ? `${r.kind}:${r.id}` : r.kind
export function recipientOf(key: string): Recipient {
  const i = key.indexOf(':')
  const kind = (i < 0 ? key : key.slice(0, i)) as Recipient['kind']
  return i < 0 ? kind === 'mail' ? { kind, id: '' } : { kind } : { kind, id: key.slice(i + 1) }
}

/** A step to begin with: the breach, after the last one there is. */
export function nextStep(steps: Step[]): Step {
  const before = steps.filter(s => s.level === late)
  return { level: late, after_min: before.length ? Math.max(...before.map(s => s.after_min)) + 60 : 0, time: '', to: [{ kind: before.length ? 'supervisors' : 'assignee' }], mail: false }
}
