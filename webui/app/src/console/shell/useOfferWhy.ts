// Up to two lines under an offer: why it is you, and what it means for the promise and for your load.
import { computed, type ComputedRef } from 'vue'
import { useI18n } from 'vue-i18n'
import type { Offer } from '@/shared/api/types'
import { useNow } from '@/shared/lib/now'
import { useSaid } from '@/shared/lib/said'
import { at, left } from '@/shared/lib/time'
import { readWhy } from '@/shared/lib/why'

export interface WhyLine { icon: string, text: string }

export function useOfferWhy(offer: () => Offer): ComputedRef<WhyLine[]> {
  const { t, te } = useI18n()
  const now = useNow(), said = useSaid()
  return computed(() => {
    const o = offer(), why = readWhy(o.why), lines: WhyLine[] = []
    if (te(`offer.why.${why.choice}`)) lines.push({ icon: 'i-lucide-history', text: t(`offer.why.${why.choice}`) })
    const parts: string[] = []
    const due = at(o.conversation.due_at)
    if (due !== undefined && due > now.value) parts.push(t('offer.within', { span: said(left(due - now.value)) }))
    if (why.load) parts.push(t('offer.load', { before: why.load.before, after: why.load.before + why.load.weight }))
    if (parts.length) lines.push({ icon: 'i-lucide-timer', text: parts.join(' · ') })
    return lines
  })
}
