// What one can do with a conversation. Each shows at once, asks, says what happened, and can be taken back.
import { useI18n } from 'vue-i18n'
import { api } from '@/shared/api/endpoints'
import type { Conversation, ConversationChange, Priority, Status, Target } from '@/shared/api/types'
import { ApiError } from '@/shared/api/client'
import { useNotice } from '@/shared/lib/notice'
import { useConversations } from '@/shared/stores/conversations'
import { useDirectory } from '@/shared/stores/directory'
import { useSession } from '@/shared/stores/session'

export interface Actions {
  status: (to: Status, until?: Date) => Promise<void>
  priority: (to: Priority) => Promise<void>
  tags: (to: string[]) => Promise<void>
  take: () => Promise<void>
  assign: (agent: string) => Promise<void>
  transfer: (to: { queue?: string, agent?: string }, note: string) => Promise<boolean>
  calledBack: (note: string) => Promise<void>
  endCall: () => Promise<boolean>
  /** Says "I have it" of a promise: it is passed up no further. */
  inHand: (target: Target) => Promise<void>
  resend: (message: string) => Promise<void>
}

export function useActions(id: () => string): Actions {
  const conversations = useConversations(), directory = useDirectory(), session = useSession()
  const notice = useNotice()
  const { t } = useI18n()

  async function change(guess: Partial<Conversation>, ask: Omit<ConversationChange, 'version'>, said?: string, undo?: () => void, at = id()): Promise<void> {
    try {
      await conversations.act(at, guess, row => api.change(at, { ...ask, version: row.version }))
      if (said) notice.done(said, undo)
    } catch (e) {
      if (e instanceof ApiError && e.reason === 'stale' && e.current) conversations.changed(e.current as Conversation)
      notice.failed(e)
    }
  }

  async function status(to: Status, until?: Date): Promise<void> {
    const row = conversations.byId.get(id())
    if (!row || row.status === to && to !== 'snoozed') return
    const from = row.status, wakes = row.snooze_until
    // Taken back where it was done, whatever is open by then; a snooze goes on as it was.
    const undo = (): void => { void change({ status: from, snooze_until: wakes }, { status: from, ...(wakes ? { snooze_until: wakes } : {}) }, undefined, undefined, row.id) }
    await change({ status: to, snooze_until: until?.toISOString() ?? null }, { status: to, ...(until ? { snooze_until: until.toISOString() } : {}) }, t(`action.did.${to}`), undo)
  }
  const priority = (to: Priority): Promise<void> => change({ priority: to }, { priority: to })
  const tags = (to: string[]): Promise<void> => change({ tags: to }, { tags: to })

  async function take(): Promise<void> {
    await run(api.take(id()), t('action.did.taken'))
  }
  async function assign(agent: string): Promise<void> {
    const force = session.may('supervisor')
    await run(api.assign(id(), agent, force), agent ? t('action.did.assigned', { name: directory.agentName(agent) }) : t('action.did.released'))
  }
  async function transfer(to: { queue?: string, agent?: string }, note: string): Promise<boolean> {
    return run(api.transfer(id(), to, note), t('action.did.transferred', { to: to.queue ? directory.queueName(to.queue) : directory.agentName(to.agent ?? '') }))
  }
  async function calledBack(note: string): Promise<void> {
    await run(api.calledBack(id(), note), t('action.did.calledBack'))
  }
  const endCall = (): Promise<boolean> => run(api.endCall(id()), t('action.did.callEnded'))
  async function inHand(target: Target): Promise<void> {
    await run(api.acknowledge(id(), target), t('action.did.inHand'))
  }
  async function resend(message: string): Promise<void> {
    await api.resend(id(), message).then(() => notice.done(t('action.did.resent'))).catch(notice.failed)
  }
  async function run(asked: Promise<Conversation | undefined>, said: string): Promise<boolean> {
    try {
      const row = await asked
      if (row?.id) conversations.changed(row)
      notice.done(said)
      return true
    } catch (e) { notice.failed(e); return false }
  }
  return { status, priority, tags, take, assign, transfer, calledBack, endCall, inHand, resend }
}
