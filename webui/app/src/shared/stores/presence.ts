// Who is here: everybody's state, and one's own with a hand on it.
import { defineStore } from 'pinia'
import { computed, reactive } from 'vue'
import { api } from '../api/endpoints'
import type { Presence } from '../api/types'
import { retold } from '../lib/retold'
import { useDirectory } from './directory'
import { useSession } from './session'

export const usePresence = defineStore('presence', () => {
  const session = useSession(), directory = useDirectory()
  const news = retold<Presence>()
  const byAgent = reactive(new Map<string, Presence>())
  const mine = computed(() => byAgent.get(session.me))

  /** Takes everybody's state from the directory. */
  async function load(): Promise<void> {
    await news.over(directory.load, () => {
      for (const a of directory.all.agents) if (a.presence) byAgent.set(a.id, a.presence)
    }, p => byAgent.set(p.agent, p))
  }
  function put(p: Presence): void {
    news.heard(p)
    byAgent.set(p.agent, p)
  }
  const stateOf = (agent: string): string => byAgent.get(agent)?.state ?? 'offline'

  /** set changes one's own state; minutes is after how long it ends by itself, 0: as the reason says. */
  async function set(state: 'available' | 'away' | 'offline', reason = '', minutes = 0): Promise<void> {
    put(await api.setPresence(state, reason, minutes))
  }
  function clear(): void { byAgent.clear() }

  return { byAgent, mine, load, put, stateOf, set, clear }
})
