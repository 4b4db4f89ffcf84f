// An excerpt comes with \u0001 and \u0002 around what was found; cut into pieces it can be shown without HTML.
export interface Piece { text: string, hit: boolean }

export function pieces(excerpt: string): Piece[] {
  const out: Piece[] = []
  for (const [i, part] of excerpt.split('\u0001').entries()) {
    if (i === 0) { if (part) out.push({ text: part, hit: false }); continue }
    const [hit = '', rest = ''] = part.split('\u0002')
    out.push({ text: hit, hit: true })
    if (rest) out.push({ text: rest, hit: false })
  }
  return out
}
