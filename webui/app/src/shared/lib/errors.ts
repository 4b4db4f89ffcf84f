// Codes become sentences here and nowhere else.
import { useI18n } from 'vue-i18n'
import { ApiError } from '../api/client'

/** Says an error in the reader's language: its own sentence, else that of its kind. */
export function useErrorText(): (e: unknown) => string {
  const { t, te } = useI18n()
  // Parameters that are themselves words of ours: a status, a role.
  const word: Record<string, string> = { from: 'status', to: 'status', role: 'role' }
  function words(e: ApiError): Record<string, string> {
    return Object.fromEntries(Object.entries(e.params).map(([k, v]) => [k, word[k] && te(`${word[k]}.${v}`) ? t(`${word[k]}.${v}`) : v]))
  }
  return (e) => {
    if (!(e instanceof ApiError)) return t('errors.internal')
    const own = `errors.${e.reason}`
    return t(te(own) || te(own, 'en') ? own : `errors.${e.code}`, words(e))
  }
}
