// What changed between two versions of a document, as before and after by path.
export interface Change { at: string, before: string, after: string }

type Json = null | string | number | boolean | Json[] | { [k: string]: Json }

const say = (v: Json | undefined): string => v === undefined || v === null || v === '' ? '' : typeof v === 'object' ? JSON.stringify(v) : String(v)
const isMap = (v: Json | undefined): v is { [k: string]: Json } => typeof v === 'object' && v !== null && !Array.isArray(v)
const isPlain = (v: Json | undefined): v is (string | number)[] => Array.isArray(v) && v.every(x => typeof x !== 'object')

/** Reads both documents; one that is empty or broken counts as nothing. */
export function diff(before: string, after: string): Change[] {
  const out: Change[] = []
  walk('', parse(before), parse(after), out)
  return out.filter(c => c.at !== 'id')
}

function parse(text: string): Json | undefined {
  try { return text ? JSON.parse(text) as Json : undefined } catch { return undefined }
}

function walk(at: string, a: Json | undefined, b: Json | undefined, out: Change[]): void {
  if (JSON.stringify(a) === JSON.stringify(b)) return
  if (isMap(a) && isMap(b)) {
    for (const k of [...new Set([...Object.keys(a), ...Object.keys(b)])]) walk(at ? `${at}.${k}` : k, a[k], b[k], out)
    return
  }
  if ((isPlain(a) || a === undefined) && (isPlain(b) || b === undefined) && (a || b)) {
    const was = (a ?? []).map(String), is = (b ?? []).map(String)
    out.push({ at, before: was.filter(x => !is.includes(x)).join(', '), after: is.filter(x => !was.includes(x)).join(', ') })
    return
  }
  if (!say(a) && !say(b)) return // empty in two ways
  out.push({ at, before: say(a), after: say(b) })
}
