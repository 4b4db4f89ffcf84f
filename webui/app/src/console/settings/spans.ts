// Lengths of time as people type them: `90s`, `4h`, `1h 30m`, `2d`, `3小时`. Stored in seconds.

const units: [RegExp, number][] = [
  [/^(?:d|days?|天|日)$/i, 86_400], [/^(?:h|hrs?|hours?|小时|时)$/i, 3600], [/^(?:m|mins?|minutes?|分钟?|分)$/i, 60], [/^(?:s|secs?|seconds?|秒钟?|秒)$/i, 1],
]

/** Seconds of a typed length; undefined when it is none. A bare number counts in `bare` seconds. */
export function toSeconds(text: string, bare = 1): number | undefined {
  const t = text.trim()
  if (!t) return undefined
  if (/^\d+(?:\.\d+)?$/.test(t)) return Math.round(Number(t) * bare)
  const parts = [...t.matchAll(/(\d+(?:\.\d+)?)\s*([a-z\p{Script=Han}]+)/giu)]
  if (!parts.length || parts.map(p => p[0]).join('').replace(/\s/g, '') !== t.replace(/\s/g, '')) return undefined
  let sum = 0
  for (const [, n, word] of parts) {
    const unit = units.find(([r]) => r.test(word!))
    if (!unit) return undefined
    sum += Number(n) * unit[1]
  }
  return Math.round(sum)
}

/** The shortest exact way to write seconds: `4h`, `1h 30m`, `90s` is `1m 30s`. */
export function fromSeconds(s: number): string {
  if (!Number.isFinite(s) || s < 0) return ''
  if (s === 0) return '0s'
  const out: string[] = []
  let rest = Math.round(s)
  for (const [unit, n] of [['d', 86_400], ['h', 3600], ['m', 60], ['s', 1]] as const) {
    const k = Math.floor(rest / n)
    if (k && !(unit === 'd' && s % 86_400 !== 0 && s < 3 * 86_400)) { out.push(`${k}${unit}`); rest -= k * n }
  }
  return out.join(' ')
}
