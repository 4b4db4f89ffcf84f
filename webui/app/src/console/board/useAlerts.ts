// What a supervisor does about an alert: look after it, or keep it quiet for a while. A snooze can be taken back.
import { useI18n } from 'vue-i18n'
import { post } from '@/shared/api/client'
import type { Alert } from '@/shared/api/types'
import { useNotice } from '@/shared/lib/notice'
import { serverNow } from '@/shared/lib/now'
import { useBoard } from '@/shared/stores/board'
import { useSession } from '@/shared/stores/session'

export interface AlertDeeds { acknowledge: (a: Alert) => Promise<void>, snooze: (a: Alert, minutes: number) => Promise<void> }

export function useAlerts(): AlertDeeds {
  const { t } = useI18n()
  const notice = useNotice(), board = useBoard(), session = useSession()
  const path = (a: Alert): string => `/alerts/${encodeURIComponent(a.id)}`
  async function quiet(a: Alert, until: string | null): Promise<void> {
    board.alert(await post<Alert>(`${path(a)}/snooze`, { until }))
  }
  async function acknowledge(a: Alert): Promise<void> {
    try {
      const is = await post<Alert>(`${path(a)}/acknowledge`)
      board.alert(is)
      // Who said so first has it, and it may have been a colleague a moment ago.
      const by = is.acknowledged
      notice.done(by && by.id !== session.me ? t('board.alert.by', { name: by.name }) : t('board.alert.did.acknowledged'))
    } catch (e) { notice.failed(e) }
  }
  async function snooze(a: Alert, minutes: number): Promise<void> {
    // A snooze that has run out meanwhile cannot be given back: it is over.
    const before = a.snoozed_until
    const again = (): string | null => before && Date.parse(before) > serverNow() ? before : null
    try {
      await quiet(a, minutes ? new Date(serverNow() + minutes * 60_000).toISOString() : null)
      notice.done(t(minutes ? 'board.alert.did.snoozed' : 'board.alert.did.woken'), () => { quiet(a, again()).catch(notice.failed) })
    } catch (e) { notice.failed(e) }
  }
  return { acknowledge, snooze }
}
