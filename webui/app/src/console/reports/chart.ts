// A report by days as a picture: one column a day, what was kept from the ground, what was late on top.

export interface Line { key: string, met: number, late: number }
export interface Column { key: string, met: number, late: number, x: number, width: number, metTop: number, metHeight: number, lateTop: number, lateHeight: number }

/** Lines of one day and several promises are one column. */
export function columns(lines: Line[], wide: number, high: number): Column[] {
  const days = new Map<string, { met: number, late: number }>()
  for (const l of lines) {
    const d = days.get(l.key) ?? { met: 0, late: 0 }
    days.set(l.key, { met: d.met + l.met, late: d.late + l.late })
  }
  const all = [...days].sort(([a], [b]) => a < b ? -1 : 1)
  const most = Math.max(1, ...all.map(([, d]) => d.met + d.late)), step = wide / Math.max(1, all.length)
  return all.map(([key, d], i) => {
    const metHeight = d.met / most * high, lateHeight = d.late / most * high
    return { key, ...d, x: i * step + step * .15, width: step * .7, metTop: high - metHeight, metHeight, lateTop: high - metHeight - lateHeight, lateHeight }
  })
}
