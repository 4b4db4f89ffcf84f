// A form as a table: what each field is called, where it stands in the document and what it may hold.
import { isAddress } from '@/shared/lib/addresses'
import { wrongRecipient, wrongStep, type Recipient, type Step } from './sla/ladder'
import { fromSeconds, toSeconds } from './spans'

export type Value = unknown
export type Doc = Record<string, Value>
/** A document as the server keeps it. */
export interface Stored<T = Doc> { id: string, version: number, doc: T }

/** Where the choices of a field come from. */
export type Source = 'agents' | 'queues' | 'teams' | 'inboxes' | 'mailInboxes' | 'voiceInboxes' | 'skills' | 'calendars' | 'media' | 'tiers' | 'priorities'
  | 'roles' | 'locales' | 'rules' | 'providers' | 'tls' | 'auth' | 'smtpAuth' | 'after' | 'receive' | 'lists' | 'zones' | 'quotes' | 'afterReview' | 'measures' | 'orders' | 'deeds' | 'limitDeeds' | 'spoken' | 'languages' | 'tags'

interface Base {
  /** Path in the document: `channel.imap.host`. Its words are `settings.field.<path>`, its hint `settings.hint.<path>`. */
  at: string
  required?: boolean
  /** Needed unless this other path holds something. */
  orElse?: string
  /** Shown only when this is true. `standard` below is what 0 stands for; it is shown in the empty field. */
  when?: (doc: Doc) => boolean
  /** Another name for its words, where one path means different things. */
  as?: string
}
export type Field = Base & (
  | { is: 'text' | 'email' | 'area' | 'tall' | 'colour' | 'origin' | 'url' }
  | { is: 'number', min: number, max: number, unit?: string, standard?: number }
  | { is: 'span', max?: number, standard?: number }
  | { is: 'switch', invert?: boolean }
  | { is: 'choice', of: Source, none?: string }
  | { is: 'many', of: Source, empty?: string }
  | { is: 'lines', each?: 'origin' | 'email' }
  | { is: 'percents' }
  | { is: 'per', of: 'media' | 'tiers' | 'priorities', each: 'number' | 'span' | 'minutes', defaults?: Record<string, number> }
  | { is: 'skills' }
  | { is: 'overflow' }
  | { is: 'relax' }
  | { is: 'words' }
  | { is: 'events' }
  | { is: 'ladder' }
  | { is: 'recipients' }
  | { is: 'either' }
)
export interface Section { title: string, fields: Field[], when?: (doc: Doc) => boolean }

export function getAt(doc: Doc, path: string): Value {
  return path.split('.').reduce<unknown>((o, k) => (o as Doc | undefined)?.[k], doc)
}

export function setAt(doc: Doc, path: string, value: Value): void {
  const keys = path.split('.')
  let o: Doc = doc
  for (const k of keys.slice(0, -1)) {
    if (typeof o[k] !== 'object' || o[k] === null) o[k] = {}
    o = o[k] as Doc
  }
  const last = keys.at(-1)!
  if (value === undefined) delete o[last]
  else o[last] = value
}

/** What people call a document: its name, in the reader's language where it has several, else its title. */
export function nameOf(doc: Doc, locale: string): string {
  const n = doc['name']
  if (typeof n !== 'object' || n === null) return String(n || doc['title'] || '')
  const by = n as Record<string, string>
  return by[locale] || Object.values(by).find(Boolean) || ''
}

export const wordsOf = (f: Field): string => (f.as ?? f.at).replaceAll('.', '_')

/** Fields that are shown for this document. */
export function shown(sections: Section[], doc: Doc): Field[] {
  return sections.filter(s => !s.when || s.when(doc)).flatMap(s => s.fields.filter(f => !f.when || f.when(doc)))
}

export interface Problem { key: string, params?: Record<string, string | number> }
export type Problems = Record<string, Problem>

/** An origin is scheme and host and nothing behind. */
export function isOrigin(text: string): boolean {
  try { const u = new URL(text); return /^https?:$/.test(u.protocol) && u.origin === text } catch { return false }
}

/** An address that can be called: http or https, with nobody's name or password in it. */
export function isURL(text: string): boolean {
  try { const u = new URL(text); return /^https?:$/.test(u.protocol) && !u.username && !u.password && !/\s/.test(text) } catch { return false }
}

/** What is wrong before anybody is asked, by path. */
export function check(sections: Section[], doc: Doc): Problems {
  const found: Problems = {}
  for (const f of shown(sections, doc)) {
    const p = wrong(f.orElse && !getAt(doc, f.orElse) ? { ...f, required: true } : f, getAt(doc, f.at))
    if (p) found[f.at] = p
  }
  return found
}

function wrong(f: Field, v: Value): Problem | undefined {
  const empty = v === undefined || v === null || v === '' || (Array.isArray(v) && v.length === 0)
  if (empty) return f.required ? { key: 'required' } : undefined
  switch (f.is) {
    case 'url': return isURL(String(v)) ? undefined : { key: 'url' }
    case 'email': return isAddress(String(v)) ? undefined : { key: 'email' }
    case 'colour': return /^#[0-9a-f]{6}$/i.test(String(v)) ? undefined : { key: 'colour' }
    case 'number': return typeof v === 'number' && v >= f.min && v <= f.max ? undefined : { key: 'range', params: { min: f.min, max: f.max } }
    case 'span': return typeof v === 'number' && v >= 0 && v <= (f.max ?? Infinity) ? undefined : { key: 'span' }
    case 'lines': return wrongLine(f.each, v as string[])
    case 'percents': return rising(v as number[]) ? undefined : { key: 'percents' }
    case 'overflow': return (v as { queue: string }[]).every(x => x.queue) ? undefined : { key: 'queue' }
    case 'ladder': return ladder(v as Step[])
    case 'recipients': return wrongRecipient(v as Recipient[]) && { key: 'ladderMail' }
    case 'skills': return (v as { name: string }[]).every(x => x.name) ? undefined : { key: 'skill' }
    default: return undefined
  }
}

function ladder(v: Step[]): Problem | undefined {
  const key = v.map(wrongStep).find(Boolean)
  return key ? { key } : undefined
}

function wrongLine(each: 'origin' | 'email' | undefined, v: string[]): Problem | undefined {
  const bad = v.find(x => each === 'origin' ? !isOrigin(x) : each === 'email' ? !isAddress(x) : false)
  return bad === undefined ? undefined : { key: each === 'origin' ? 'origin' : 'email', params: { value: bad } }
}

function rising(v: number[]): boolean {
  return v.length <= 8 && v.every((n, i) => Number.isInteger(n) && n >= 1 && n <= 99 && (i === 0 || n > v[i - 1]!))
}

/** The field a refusal of the server speaks of, among those that are shown. */
export function fieldOf(sections: Section[], doc: Doc, said: string): string | undefined {
  const clean = said.replace(/^doc\./, '').replace(/\[\d+\]/g, '')
  const paths = shown(sections, doc).map(f => f.at)
  for (const p of [clean, `channel.${clean}`]) {
    const hit = paths.find(x => x === p) ?? paths.find(x => p.startsWith(`${x}.`)) ?? paths.find(x => x.startsWith(`${p}.`))
    if (hit) return hit
  }
  return undefined
}

export { fromSeconds, toSeconds }
