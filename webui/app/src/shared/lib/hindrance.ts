// Why the router does not offer work to somebody: a key below `trace.nobody.`, also for a reason this page does not know.
import { useI18n } from 'vue-i18n'

export function useHindrance(): (reason: string) => string {
  const { te } = useI18n()
  return (reason) => {
    const key = `trace.nobody.${reason}`
    return te(key) || te(key, 'en') ? key : 'trace.nobody.other'
  }
}
