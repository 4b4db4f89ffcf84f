// A queue's routing policy while it is edited: blank parts, what is sent, moving rules, and which finding belongs where.
import type { components } from '@/shared/api/schema'

type S = components['schemas']
export type Policy = S['RoutingDoc']
export type Rule = S['RoutingRuleDoc']
export type When = S['RoutingWhenDoc']
export type Step = S['RoutingStepDoc']
export type Share = S['RoutingShareDoc']
export type Prefer = S['RoutingPreferDoc']
export type Limit = S['RoutingLimitDoc']
export type Decide = S['RoutingDecideDoc']
export type Delay = S['RoutingDelayDoc']
export type SkillAt = S['SkillDoc']
/** What the server says of a policy; an error keeps it from being published. */
export type Finding = S['RoutingFindingDoc']

export const blankPolicy = (id: string): Policy => ({ id, rules: [], steps: [], delays: [] })

/** A copy that shares nothing with what is being edited. */
export const copy = <T>(v: T): T => JSON.parse(JSON.stringify(v)) as T

/** A rule as the form wants it: every part that a field may touch is there. */
export function openRule(r: Rule): Rule {
  return { ...r, when: { ...r.when }, need: r.need ?? [], want: r.want ?? [], steps: r.steps ?? [], split: r.split ?? [], prefer: r.prefer ?? {} }
}

type Json = string | number | boolean | null | undefined | Json[] | { [k: string]: Json }
// Zero says something here: 0 seconds is at once, and a rule must name its percentage.
const keeps = new Set(['after_s', 'percent', 'level', 'owned'])

/** The document as it is sent: what says nothing is left out, so that two policies that mean the same are the same. */
export function lean(p: Policy): Policy {
  const walk = (v: Json): Json => {
    if (Array.isArray(v)) return v.map(walk)
    if (typeof v !== 'object' || v === null) return v
    const out: { [k: string]: Json } = {}
    for (const [k, x] of Object.entries(v)) {
      const w = walk(x)
      if (keeps.has(k) ? w === undefined || w === null : empty(w)) continue
      out[k] = w
    }
    return out
  }
  const clean = walk(p as unknown as Json) as unknown as Policy
  const rules = (clean.rules ?? []).map(r => ({ ...r, name: r.name ?? '', when: whenOf(r.when) }))
  return { ...clean, rules, steps: clean.steps ?? [], delays: clean.delays ?? [] }
}

function whenOf(w: When | undefined): When {
  const out = { ...w }
  if (!out.hours?.calendar) delete out.hours
  return out
}

const empty = (v: Json): boolean => v === undefined || v === null || v === '' || v === 0 || v === false
  || (Array.isArray(v) && v.length === 0) || (typeof v === 'object' && !Array.isArray(v) && Object.keys(v).length === 0)

/** The list with one thing moved; the same list when there is nowhere to go. */
export function moved<T>(list: T[], from: number, to: number): T[] {
  if (from === to || from < 0 || to < 0 || from >= list.length || to >= list.length) return list
  const out = [...list]
  out.splice(to, 0, ...out.splice(from, 1))
  return out
}

/** The findings below a path: `rules[2]` has those of `rules[2].need[0]`, not those of `rules[20]`. */
export function findingsAt(all: Finding[], path: string): Finding[] {
  return all.filter(f => f.path === path || f.path.startsWith(`${path}.`) || f.path.startsWith(`${path}[`))
}

/** Those that belong to no rule, step, delay or limit: they stand above everything. */
export function findingsAbove(all: Finding[]): Finding[] {
  return all.filter(f => !/^(?:rules|steps|delays)\[|^(?:limit|decide)\b/.test(f.path))
}

/** A name nobody has yet. */
export function freeName(base: string, taken: string[]): string {
  if (!taken.includes(base)) return base
  for (let n = 2; ; n++) if (!taken.includes(`${base} ${n}`)) return `${base} ${n}`
}

/** What happened to the rules between two versions, by name: new, gone, changed, or moved. */
export interface RuleChange { name: string, how: 'new' | 'gone' | 'changed' | 'moved', before?: Rule, after?: Rule }
export function rulesBetween(before: Rule[], after: Rule[]): RuleChange[] {
  const was = new Map(before.map(r => [r.name, r])), is = new Map(after.map(r => [r.name, r]))
  const stayed = before.filter(r => is.has(r.name)).map(r => r.name), order = after.filter(r => was.has(r.name)).map(r => r.name)
  const out: RuleChange[] = []
  for (const r of after) {
    const b = was.get(r.name)
    if (!b) out.push({ name: r.name, how: 'new', after: r })
    else if (stable(b) !== stable(r)) out.push({ name: r.name, how: 'changed', before: b, after: r })
    else if (stayed.indexOf(r.name) !== order.indexOf(r.name)) out.push({ name: r.name, how: 'moved', before: b, after: r })
  }
  for (const r of before) if (!is.has(r.name)) out.push({ name: r.name, how: 'gone', before: r })
  return out
}

/** What a policy says, as one text to compare, however its parts are ordered in memory. */
export const textOf = (p: Policy | undefined): string => stable(p && lean(p))

function stable(v: unknown): string {
  return JSON.stringify(v, (_, x: unknown) => x !== null && typeof x === 'object' && !Array.isArray(x) ? Object.fromEntries(Object.entries(x).sort(([a], [b]) => a < b ? -1 : 1)) : x) ?? ''
}
