// Sends what was kept while the line or the store was down, as soon as somebody answers; gives words back that were
// refused. Drafts that could not be saved are saved then too.
import { onBeforeUnmount, watch } from 'vue'
import { useI18n } from 'vue-i18n'
import { useNotice } from '@/shared/lib/notice'
import { live } from '@/shared/live'
import { useConversations } from '@/shared/stores/conversations'
import { giveBack, useDrafts } from '@/shared/stores/drafts'
import { useOutbox } from '@/shared/stores/outbox'
import { useSession } from '@/shared/stores/session'

/** How often to try while something waits, ms. */
const triesEvery = 5000

export function useDelivery(): void {
  const outbox = useOutbox(), drafts = useDrafts(), session = useSession(), conversations = useConversations()
  const notice = useNotice()
  const { t } = useI18n()

  async function deliver(): Promise<void> {
    if (!session.signedIn) return
    const before = outbox.parcels.length
    const refused = await outbox.flush()
    const went = before - outbox.parcels.length - refused.length
    if (went > 0) notice.done(t('line.delivered', { n: went }, went))
    for (const { parcel, error } of refused) {
      giveBack(parcel.conversation, parcel)
      const row = conversations.byId.get(parcel.conversation)
      notice.failed(error, t('line.refused', { name: row ? row.contact.name || `#${row.number}` : t('common.visitor') }))
    }
  }
  watch(() => session.me, (me) => { outbox.clear(); if (me) { outbox.wake(); void deliver() } }, { immediate: true })
  watch(() => live.state.status, (s) => { if (s === 'open') { void deliver(); drafts.again() } })
  const timer = setInterval(() => { if (outbox.parcels.length) void deliver(); drafts.again() }, triesEvery)
  const elsewhere = (e: StorageEvent): void => { if (e.key?.startsWith('yingda.outbox.')) outbox.wake() }
  addEventListener('storage', elsewhere)
  onBeforeUnmount(() => { clearInterval(timer); removeEventListener('storage', elsewhere) })
}
