// Light, dark or as the system says; normal or high contrast. public/first-paint.js says the same before any code runs.
import { ref, watch, type Ref } from 'vue'

export type Theme = 'system' | 'light' | 'dark'
export type Contrast = 'system' | 'normal' | 'more'

const stored = (key: string, fallback: string): string => {
  try { return localStorage.getItem(key) ?? fallback } catch { return fallback }
}
export const remember = (key: string, value: string): void => {
  try { localStorage.setItem(key, value) } catch { /* private windows may refuse: the choice lasts until reload */ }
}

const theme = ref(stored('yingda.theme', 'system') as Theme)
const contrast = ref(stored('yingda.contrast', 'system') as Contrast)
const asks = (query: string): boolean => typeof matchMedia === 'function' && matchMedia(query).matches

/** A look something on the screen needs while it stands, whatever the person chose: paper is light, a wall is dark. */
const worn = ref<'light' | 'dark' | undefined>()

/** What is on the screen now, of both choices: for what must be drawn anew when it changes. */
const applied = ref('')

function apply(): void {
  const root = document.documentElement
  const dark = worn.value ? worn.value === 'dark' : theme.value === 'dark' || (theme.value === 'system' && asks('(prefers-color-scheme: dark)'))
  const more = contrast.value === 'more' || (contrast.value === 'system' && asks('(prefers-contrast: more)'))
  root.dataset['theme'] = dark ? 'dark' : 'light'
  root.classList.toggle('dark', dark) // the component library's own mark
  root.classList.toggle('light', !dark)
  if (more) root.dataset['contrast'] = 'more'
  else delete root.dataset['contrast']
  applied.value = `${dark ? 'dark' : 'light'} ${more ? 'more' : 'normal'}`
}

/** Called once at start: obeys later changes of the system too. */
export function startTheme(): void {
  apply()
  watch([theme, contrast], () => {
    remember('yingda.theme', theme.value)
    remember('yingda.contrast', contrast.value)
    apply()
  })
  watch(worn, apply, { flush: 'sync' })
  addEventListener('beforeprint', () => { worn.value = 'light' })
  addEventListener('afterprint', () => { worn.value = undefined })
  for (const q of ['(prefers-color-scheme: dark)', '(prefers-contrast: more)']) matchMedia(q).addEventListener('change', apply)
}

export function useTheme(): { theme: Ref<Theme>, contrast: Ref<Contrast>, worn: Ref<'light' | 'dark' | undefined>, applied: Ref<string> } {
  return { theme, contrast, worn, applied }
}
