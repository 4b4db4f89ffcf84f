// What an alert says, and how much: a number with its unit.
import { useI18n } from 'vue-i18n'
import type { Alert } from '@/shared/api/types'
import { useSaid } from '@/shared/lib/said'
import { percent } from '@/shared/lib/text'
import { passed } from '@/shared/lib/time'

export interface AlertWords { value: (a: Alert, n: number) => string, says: (a: Alert, now?: number) => string, rows: (a: Alert) => string }

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
  /** As it stands now, else as it was when it was raised. */
  const says = (a: Alert, now?: number): string => t(`board.alert.says.${a.measure}`, { value: value(a, now ?? a.value), raise: value(a, a.raise) })
  /** Where what an alert counts is listed. */
  const rows = (a: Alert): string => a.measure === 'channel_down' ? '#channels' : a.measure === 'service_level' ? `/reports?by=target&from=${day(a)}&to=${day(a)}` : `/inbox/unassigned?queue=${encodeURIComponent(a.queue)}`
  return { value, says, rows }
}

const day = (a: Alert): string => {
  const d = new Date(a.raised_at ?? 0)
  return `${d.getFullYear()}-${String(d.getMonth() + 1).padStart(2, '0')}-${String(d.getDate()).padStart(2, '0')}`
}
