// What was changed in a text, word by word; each Han character is a word.

export interface Piece { text: string, how: 'same' | 'gone' | 'new' }

/** Longer texts are compared as two wholes: the table of all pairs would outgrow the page. */
const most = 3000
const pieces = (text: string): string[] => text.match(/\p{Script=Han}|[\p{L}\p{N}]+|\s+|[^\p{L}\p{N}\s]/gu) ?? []

export function wordDiff(before: string, after: string): Piece[] {
  const a = pieces(before), b = pieces(after)
  if (a.length > most || b.length > most) return before === after ? [{ text: after, how: 'same' }] : [{ text: before, how: 'gone' }, { text: after, how: 'new' }]
  const wide = b.length + 1
  const long = new Uint16Array((a.length + 1) * wide) // longest common run of words from here on
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) long[i * wide + j] = a[i] === b[j] ? long[(i + 1) * wide + j + 1]! + 1 : Math.max(long[(i + 1) * wide + j]!, long[i * wide + j + 1]!)
  }
  const out: Piece[] = []
  const add = (text: string, how: Piece['how']): void => {
    const last = out.at(-1)
    if (last?.how === how) last.text += text
    else out.push({ text, how })
  }
  let i = 0, j = 0
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) { add(a[i]!, 'same'); i++; j++ }
    else if (j >= b.length || i < a.length && long[(i + 1) * wide + j]! >= long[i * wide + j + 1]!) add(a[i++]!, 'gone')
    else add(b[j++]!, 'new')
  }
  return out
}
