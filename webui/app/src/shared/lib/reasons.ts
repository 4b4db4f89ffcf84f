// Why somebody is away, in the reader's words: the firm's own names, else ours, else the id itself.
import { computed } from 'vue'
import { useI18n } from 'vue-i18n'
import { useDirectory } from '../stores/directory'

/** A focus block has a length, and who is in it chooses it: one cannot put somebody else into it. */
export const needsLength = (reason: string): boolean => reason === 'focus'

export function useReasons() {
  const { locale, t, te } = useI18n()
  const directory = useDirectory()
  /** reasonName is a reason's name; a name in another language is better than none. */
  function reasonName(id: string): string {
    const names: Record<string, string> = directory.all.reasons.find(r => r.id === id)?.name ?? {}
    const key = `presence.reason.${id}`
    return names[locale.value] || (te(key) ? t(key) : Object.values(names).find(Boolean)) || id
  }
  /** Those that may be chosen now, in the firm's order. */
  const reasons = computed(() => directory.all.reasons.filter(r => !r.off))
  return { reasonName, reasons }
}
