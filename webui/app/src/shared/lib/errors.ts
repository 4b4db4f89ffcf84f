// Codes become sentences here and nowhere else.
import { useI18n } from 'vue-i18n'
import { ApiError } from '../api/client'

/** Says an error in the reader's language: its own sentence, else that of its kind. */
export function useErrorText(): (e: unknown) => string {
  const { t, te } = useI18n()
  return (e) => {
    if (!(e instanceof ApiError)) return t('errors.internal')
    const own = `errors.${e.reason}`
    if (te(own) || te(own, 'en')) return t(own, e.params)
    return t(`errors.${e.code}`, e.params)
  }
}
