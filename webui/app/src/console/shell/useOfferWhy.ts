// Up to two lines under an offer: why it is you, and what it means for the promise and for your load.
import { computed, type ComputedRef } from 'vue'
import { useI18n } from 'vue-i18n'
import type { Offer } from '@/shared/api/types'
import { useNow } from '@/shared/lib/now'
import { at, left } from '@/shared/lib/time'
import { useConversations } from '@/shared/stores/conversations'
import { useSession } from '@/shared/stores/session'

export interface WhyLine { icon: string, text: string }

/** Rules that are worth a word to the agent; the rest stands in "why here". */
const told = ['owner', 'last_agent', 'returned', 'transfer', 'longest_idle', 'least_loaded', 'most_skilled']

export function useOfferWhy(offer: () => Offer): ComputedRef<WhyLine[]> {
  const { t, te } = useI18n()
  const now = useNow()
  const session = useSession()
  const conversations = useConversations()
  return computed(() => {
    const o = offer(), lines: WhyLine[] = []
    const rule = told.find(r => o.why.some(w => w.rule === r) && te(`offer.why.${r}`))
    if (rule) lines.push({ icon: 'i-lucide-history', text: t(`offer.why.${rule}`) })
    const parts: string[] = []
    const due = at(o.conversation.due_at)
    if (due !== undefined && due > now.value) {
      const said = left(due - now.value)
      parts.push(t('offer.within', { span: t(`time.${said.key}`, said.params) }))
    }
    const load = loadOf(session.me, conversations.byId.values())
    if (session.agent) parts.push(t('offer.load', { before: load, after: load + o.weight }))
    if (parts.length) lines.push({ icon: 'i-lucide-timer', text: parts.join(' · ') })
    return lines.slice(0, 2)
  })
}

/** Weights by channel as the router counts them by default: what this person holds and what waits on us. */
const weights = { voice: 100, chat: 30, email: 10 } as const

export function loadOf(me: string, all: Iterable<{ assignee: string, status: string, medium: keyof typeof weights }>): number {
  let sum = 0
  for (const c of all) if (c.assignee === me && c.status === 'open') sum += weights[c.medium]
  return sum
}
