// What a person chose on another device, taken over by this one where it has no choice of its own yet.
import { setLocale } from '../i18n'
import { setSingleKeys } from './keys'
import { setSound } from './sound'
import { useTheme, type Contrast, type Theme } from './theme'

const chosen = (key: string): boolean => {
  try { return localStorage.getItem(key) !== null } catch { return false }
}

export async function takeOver(p: Record<string, unknown>): Promise<void> {
  const { theme, contrast } = useTheme()
  if (!chosen('yingda.theme') && ['system', 'light', 'dark'].includes(String(p['theme']))) theme.value = p['theme'] as Theme
  if (!chosen('yingda.contrast') && ['system', 'normal', 'more'].includes(String(p['contrast']))) contrast.value = p['contrast'] as Contrast
  if (!chosen('yingda.sound') && typeof p['sound'] === 'boolean') setSound(p['sound'])
  if (!chosen('yingda.keys') && typeof p['shortcuts'] === 'boolean') setSingleKeys(p['shortcuts'])
  if (!chosen('yingda.locale') && (p['locale'] === 'en' || p['locale'] === 'zh-CN')) await setLocale(p['locale'])
}
