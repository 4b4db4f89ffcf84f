// What waiting customers were told, against what came.
import type { components } from '@/shared/api/schema'

export type Report = components['schemas']['WaitReport']
export type Line = Report['items'][number]
export type Figures = Line['today']
export const days = ['today', 'yesterday'] as const

/** Whether ranges held as often as is promised; undefined when too few were judged, by what the router says is enough. */
export function holds(f: Figures, by: Pick<Report, 'promised_pct' | 'enough_judged'>): boolean | undefined {
  return f.inside_pct === undefined || f.judged < by.enough_judged ? undefined : f.inside_pct >= by.promised_pct
}

/** All lines of one day together. */
export function sum(items: Line[], day: typeof days[number]): Figures {
  const all = items.map(l => l[day])
  const add = (pick: (f: Figures) => number): number => all.reduce((s, f) => s + pick(f), 0)
  const judged = add(f => f.judged), taken = (f: Figures): number => f.waits - f.left
  const mean = (pick: (f: Figures) => number | undefined): number | undefined => {
    const n = all.filter(f => pick(f) !== undefined).reduce((s, f) => s + taken(f), 0)
    return n ? Math.round(add(f => (pick(f) ?? 0) * taken(f)) / n) : undefined
  }
  const off = mean(f => f.off_s), took = mean(f => f.took_s)
  return {
    waits: add(f => f.waits), hidden: add(f => f.hidden), left: add(f => f.left), judged, sooner: add(f => f.sooner), later: add(f => f.later),
    ...judged ? { inside_pct: add(f => (f.inside_pct ?? 0) * f.judged) / judged } : {}, ...off === undefined ? {} : { off_s: off }, ...took === undefined ? {} : { took_s: took },
  }
}
