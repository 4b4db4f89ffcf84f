// What is said of webhooks and deliveries, in the reader's words.
import { useI18n } from 'vue-i18n'
import { useNow } from '@/shared/lib/now'
import { at, moment } from '@/shared/lib/time'
import { verdict, whyOf, type Delivery, type Health } from './hooks'

export function useHookWords() {
  const { t, te, locale } = useI18n()
  const now = useNow()
  const when = (text: string | null): string => { const ms = at(text); return ms === undefined ? '' : moment(ms, now.value, locale.value) }
  /** The name of a kind of fact; one the page does not know is called as the wire calls it. */
  const kindName = (kind: string): string => te(`hooks.event.${kind}`) ? t(`hooks.event.${kind}`) : kind
  function why(d: Pick<Delivery, 'reason' | 'status'>): string {
    const key = whyOf(d)
    return key ? t(`hooks.why.${key}`, { status: d.status || '' }) : ''
  }
  const healthText = (h: Health): string => t(`hooks.health.${h.state === 'new' && !h.has_secret ? 'bare' : h.state}`, {
    when: when(h.state === 'failing' ? h.failing_since : h.state === 'disabled' ? h.disabled_at : h.last_good), why: h.reason ? t(`hooks.short.${h.reason}`) : '',
  })
  const judge = (d: Delivery) => verdict(d, now.value)
  return { when, kindName, why, healthText, judge }
}
