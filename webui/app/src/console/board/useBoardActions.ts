// What a supervisor does from the board. Each says what happened and, where the server allows it, can be taken back.
import { useI18n } from 'vue-i18n'
import { api } from '@/shared/api/endpoints'
import type { Conversation, Presence, PresenceState, Priority } from '@/shared/api/types'
import { useNotice } from '@/shared/lib/notice'
import { useBoard } from '@/shared/stores/board'
import { useConversations } from '@/shared/stores/conversations'
import { useDirectory } from '@/shared/stores/directory'
import { usePresence } from '@/shared/stores/presence'

type Settable = 'available' | 'away' | 'offline'
const settable = (s: PresenceState): s is Settable => s === 'available' || s === 'away' || s === 'offline'

export interface BoardActions {
  assign: (c: Conversation, agent: string) => Promise<boolean>
  priority: (c: Conversation, to: Priority) => Promise<void>
  offer: (c: Conversation, agent: string) => Promise<void>
  presence: (agent: string, state: Settable, reason?: string) => Promise<void>
}

export function useBoardActions(): BoardActions {
  const { t } = useI18n()
  const notice = useNotice()
  const conversations = useConversations(), directory = useDirectory(), presences = usePresence(), board = useBoard()

  async function give(id: string, agent: string): Promise<void> {
    conversations.changed(await api.assign(id, agent, agent !== ''))
    board.lateVersion++
  }
  async function assign(c: Conversation, agent: string): Promise<boolean> {
    const before = c.assignee
    try {
      await give(c.id, agent)
      const said = agent ? t('board.did.assigned', { name: directory.agentName(agent) }) : t('board.did.released')
      notice.done(said, () => { give(c.id, before).catch(notice.failed) })
      return true
    } catch (e) { notice.failed(e); return false }
  }

  async function rank(id: string, to: Priority): Promise<void> {
    const row = await api.conversation(id) // the board's copy may be a moment old: change what stands now
    conversations.changed(await api.change(id, { version: row.version, priority: to }))
    board.lateVersion++
  }
  async function priority(c: Conversation, to: Priority): Promise<void> {
    const before = c.priority
    await rank(c.id, to)
      .then(() => notice.done(t('board.did.priority', { priority: t(`priority.${to}`) }), () => { rank(c.id, before).catch(notice.failed) }))
      .catch(notice.failed)
  }

  // It rings at them at once, before anybody else; taken back, it waits in its queue with its old rank.
  async function offer(c: Conversation, agent: string): Promise<void> {
    try {
      conversations.changed(await api.transfer(c.id, { agent }, ''))
      board.lateVersion++
      notice.done(t('board.did.offered', { name: directory.agentName(agent) }), () => { api.transfer(c.id, { queue: c.queue }, '').then(r => conversations.changed(r)).catch(notice.failed) })
    } catch (e) { notice.failed(e) }
  }

  async function set(agent: string, state: Settable, reason: string): Promise<void> {
    const p = await api.setAgentPresence(agent, state, reason)
    presences.put(p)
    const row = board.board?.agents.find(a => a.agent === agent)
    if (row) row.presence = p
  }
  async function presence(agent: string, state: Settable, reason = ''): Promise<void> {
    const before: Presence | undefined = presences.byAgent.get(agent)
    const back = before && settable(before.state) ? () => { set(agent, before.state as Settable, before.reason).catch(notice.failed) } : undefined
    await set(agent, state, reason)
      .then(() => notice.done(t('board.did.presence', { name: directory.agentName(agent), state: t(`presence.${state}`) }), back))
      .catch(notice.failed)
  }
  return { assign, priority, offer, presence }
}
