// Small truths about what people write.

const HAN = /\p{Script=Han}/u
const KANA = /[\p{Script=Hiragana}\p{Script=Katakana}]/u

/** The `lang` of a piece of user content: what it looks like, else what the conversation is known to speak. */
export function langOf(text: string | undefined, hint?: string): string | undefined {
  if (!text) return hint || undefined
  if (KANA.test(text)) return 'ja'
  if (HAN.test(text)) return 'zh'
  if (/\p{Script=Latin}/u.test(text)) return hint && !hint.startsWith('zh') ? hint : 'en'
  return hint || undefined
}

/** The one or two characters an avatar shows: the given name's last Han character, else initials. */
export function initials(name: string | undefined): string {
  const n = (name ?? '').trim()
  if (!n) return '?'
  const han = n.match(/\p{Script=Han}+/u)?.[0]
  if (han) return [...han].at(-1) ?? '?'
  const words = n.split(/[\s·._-]+/).filter(w => /[\p{L}\p{N}]/u.test(w))
  return ((words[0]?.[0] ?? n[0] ?? '?') + (words.length > 1 ? words.at(-1)?.[0] ?? '' : '')).toUpperCase()
}

/** 1.2 MB, 48 KB, in the reader's number form; counted as limits are set, by 1024. */
export function size(bytes: number, locale: string): string {
  const [n, u] = bytes < 1024 ? [bytes, 'B'] : bytes < 1 << 20 ? [bytes / 1024, 'KB'] : [bytes / (1 << 20), 'MB']
  return `${new Intl.NumberFormat(locale, { maximumFractionDigits: u === 'MB' ? 1 : 0 }).format(n)} ${u}`
}

/** A share of a hundred as people read it: 90%, 97.5%. */
export function percent(n: number, locale: string): string {
  return new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 }).format(n / 100)
}

/** What a language is called in the reader's own: French, 法语; a tag nobody knows stays as it is. */
export function languageName(tag: string, locale: string): string {
  try { return new Intl.DisplayNames(locale, { type: 'language' }).of(tag) ?? tag } catch { return tag }
}

/** How many lines a folded piece hides. */
export function lines(text: string | undefined): number {
  return (text ?? '').split('\n').filter(l => l.trim() !== '').length
}
