// Words. One file a place and language, each starting with its own top-level key: en/inbox.json holds {"inbox": …}.
// The server sends codes and parameters; every sentence is made here. Parity is kept by parity.test.ts.
import { createI18n } from 'vue-i18n'
import { remember } from '../lib/theme'

export const locales = ['en', 'zh-CN'] as const
export type Locale = typeof locales[number]
type Words = Record<string, string | Record<string, string>>

const files = import.meta.glob<Words>('./{en,zh-CN}/*.json', { import: 'default' })

export const i18n = createI18n<false>({
  legacy: false,
  locale: 'en',
  fallbackLocale: 'en',
  missingWarn: import.meta.env.DEV,
  fallbackWarn: import.meta.env.DEV,
  messages: {},
})

const loaded = new Set<string>()

async function load(locale: Locale): Promise<void> {
  if (loaded.has(locale)) return
  const parts = await Promise.all(Object.entries(files).filter(([path]) => path.startsWith(`./${locale}/`)).map(([, get]) => get()))
  i18n.global.setLocaleMessage(locale, Object.assign({}, ...parts) as never)
  loaded.add(locale)
}

export function currentLocale(): Locale {
  return i18n.global.locale.value as Locale
}

/** English is what a missing word falls back to. */
export function loadFallback(): Promise<void> {
  return load('en')
}

/** Change the language of the page and remember it. */
export async function setLocale(locale: Locale): Promise<void> {
  await load(locale)
  i18n.global.locale.value = locale
  document.documentElement.lang = locale
  remember('yingda.locale', locale)
}

/** The language to start in: the person's choice, else the browser's. */
export function firstLocale(): Locale {
  let chosen: string | null = null
  try { chosen = localStorage.getItem('yingda.locale') } catch { /* not to be had */ }
  if (chosen === 'en' || chosen === 'zh-CN') return chosen
  return /^zh/i.test(navigator.language) ? 'zh-CN' : 'en'
}
