// What an alert says, and how much: a number with its unit.
import { useI18n } from 'vue-i18n'
import type { RouteLocationRaw } from 'vue-router'
import type { Alert } from '@/shared/api/types'
import { dayIn, ownZone } from '@/shared/lib/day'
import { useSaid } from '@/shared/lib/said'
import { percent } from '@/shared/lib/text'
import { at, passed } from '@/shared/lib/time'
import { inboxOf } from './numbers'

export interface AlertWords { says: (a: Alert) => string }

export function useAlertWords(): AlertWords {
  const { t, locale } = useI18n()
  const said = useSaid()
  function value(a: Alert, n: number): string {
    switch (a.measure) {
      case 'waiting': return n.toLocaleString(locale.value)
      case 'service_level': return percent(n, locale.value)
      default: return said(passed(n * 1000))
    }
  }
  /** As it stands on the board, else as it was when it was raised. */
  const says = (a: Alert): string => t(`board.alert.says.${a.measure}`, { value: value(a, a.now ?? a.value), raise: value(a, a.raise) })
  return { says }
}

/** Where what an alert counts is listed. */
export function rowsOf(a: Pick<Alert, 'measure' | 'queue' | 'raised_at'>): RouteLocationRaw {
  switch (a.measure) {
    case 'channel_down': return { path: '/board', hash: '#channels' }
    case 'service_level': {
      const day = dayIn(at(a.raised_at) ?? 0)
      return { path: '/reports', query: { by: 'queue', from: day, to: day, zone: ownZone } }
    }
    default: return inboxOf({ what: 'waiting', queue: a.queue })
  }
}
