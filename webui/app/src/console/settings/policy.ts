// A policy's lines as a grid: a row says whom (medium, tier, priority), a column which promise.
import type { Medium, Priority, Target, Tier } from '@/shared/api/types'

export interface Line { target: Target, media?: Medium[], tiers?: Tier[], priorities?: Priority[], within_s: number, calendar: string }
export interface Cell { within_s: number, calendar: string }
export interface Row { media: Medium[], tiers: Tier[], priorities: Priority[], cells: Partial<Record<Target, Cell>> }

/** Every promise there is, in the order a conversation meets them. */
export const targets: Target[] = ['answer', 'first_response', 'next_response', 'resolution', 'callback', 'requester_wait', 'agent_work', 'update', 'group']
/** Those most policies make; the others get a column when somebody asks for one, or makes one. */
export const usual: Target[] = targets.slice(0, 5)

/** The columns of a grid: the usual promises, those that are made, and those that were asked for. */
export function columns(rows: Row[], asked: Target[]): Target[] {
  return targets.filter(t => usual.includes(t) || asked.includes(t) || rows.some(r => r.cells[t]))
}

const keyOf = (l: Pick<Line, 'media' | 'tiers' | 'priorities'>): string => JSON.stringify([l.media ?? [], l.tiers ?? [], l.priorities ?? []])
const weight = (r: Row): number => (r.priorities.length ? 4 : 0) + (r.tiers.length ? 2 : 0) + (r.media.length ? 1 : 0)

/** Rows to show, the general ones first. The server tries lines from the top, so a later row is the more general. */
export function rowsOf(lines: Line[]): Row[] {
  const rows = new Map<string, Row>()
  for (const l of lines) {
    const key = keyOf(l)
    if (!rows.has(key)) rows.set(key, { media: l.media ?? [], tiers: l.tiers ?? [], priorities: l.priorities ?? [], cells: {} })
    rows.get(key)!.cells[l.target] ??= { within_s: l.within_s, calendar: l.calendar }
  }
  return [...rows.values()].reverse()
}

/** Lines to keep: the more particular a row, the earlier it is tried; among equals the lower row goes first. */
export function linesOf(rows: Row[]): Line[] {
  const order = [...rows].reverse().sort((a, b) => weight(b) - weight(a))
  return order.flatMap(r => targets.filter(t => r.cells[t]).map(t => ({
    target: t, ...(r.media.length ? { media: r.media } : {}), ...(r.tiers.length ? { tiers: r.tiers } : {}), ...(r.priorities.length ? { priorities: r.priorities } : {}), ...r.cells[t]!,
  })))
}

const covers = <T>(general: T[], special: T[]): boolean => general.length === 0 || (special.length > 0 && special.every(x => general.includes(x)))

/** What an empty cell takes over from a more general row. */
export function inherited(rows: Row[], row: Row, target: Target): Cell | undefined {
  return rows.filter(r => r !== row && r.cells[target] && covers(r.media, row.media) && covers(r.tiers, row.tiers) && covers(r.priorities, row.priorities))
    .sort((a, b) => weight(b) - weight(a))[0]?.cells[target]
}

/** Whether two rows are for the same conversations: then one of them would never be used. */
export function doubled(rows: Row[]): boolean {
  return new Set(rows.map(keyOf)).size < rows.length
}
