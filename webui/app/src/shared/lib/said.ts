// A length of time in words: what time.ts makes, translated.
import { useI18n } from 'vue-i18n'
import type { Said } from './time'

export function useSaid(): (s: Said) => string {
  const { t } = useI18n()
  return s => t(`time.${s.key}`, s.params)
}
