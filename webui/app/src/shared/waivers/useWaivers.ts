// Asking to let a promise go, deciding it, taking it back: each says what came of it and, where it can be, is undone.
import { useI18n } from 'vue-i18n'
import { del, post } from '../api/client'
import type { Clock, Conversation } from '../api/types'
import { useNotice } from '../lib/notice'
import { useConversations } from '../stores/conversations'

export interface Waivers {
  waive: (conversation: string, k: Clock, reason: string) => Promise<boolean>
  decide: (conversation: string, k: Clock, agree: boolean, note: string) => Promise<boolean>
  back: (conversation: string, k: Clock) => Promise<boolean>
}

export function useWaivers(done: () => void = () => {}): Waivers {
  const { t } = useI18n()
  const notice = useNotice()
  const conversations = useConversations()
  const at = (conversation: string, k: Clock): string => `/conversations/${encodeURIComponent(conversation)}/clocks/${k.target}`
  async function run(ask: Promise<Conversation>, said: (c: Conversation) => string, undo?: () => void): Promise<boolean> {
    try {
      const c = await ask
      conversations.changed(c)
      notice.done(said(c), undo)
      return true
    } catch (e) {
      notice.failed(e)
      return false
    } finally { done() }
  }
  const back = (conversation: string, k: Clock): Promise<boolean> => run(del<Conversation>(`${at(conversation, k)}/waiver?n=${k.n}`), () => t('waiver.did.back'))
  return {
    back,
    // Whether a second person is needed is the policy's to say: the answer tells. A promise met late is on no list, and let go.
    waive: (conversation, k, reason) => run(post<Conversation>(`${at(conversation, k)}/waive`, { n: k.n, reason }),
      c => t(c.clocks.some(x => x.target === k.target && x.n === k.n && x.waiver?.state === 'asked') ? 'waiver.did.asked' : k.state === 'met' ? 'waiver.did.noted' : 'waiver.did.waived'),
      () => { void back(conversation, k) }),
    decide: (conversation, k, agree, note) => run(post<Conversation>(`${at(conversation, k)}/waiver/decide`, { n: k.n, agree, note }), () => t(agree ? 'waiver.did.agreed' : 'waiver.did.refused')),
  }
}
