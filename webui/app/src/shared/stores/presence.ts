// Who is here: everybody's state, and one's own with a hand on it.
import { defineStore } from 'pinia'
import { computed, reactive } from 'vue'
import { api } from '../api/endpoints'
import type { Agent, Presence } from '../api/types'
import { useSession } from './session'

export const usePresence = defineStore('presence', () => {
  const session = useSession()
  const byAgent = reactive(new Map<string, Presence>())
  const mine = computed(() => byAgent.get(session.me))

  function seed(agents: Agent[]): void {
    for (const a of agents) if (a.presence) byAgent.set(a.id, a.presence)
  }
  function put(p: Presence): void { byAgent.set(p.agent, p) }
  const stateOf = (agent: string): string => byAgent.get(agent)?.state ?? 'offline'

  /** set changes one's own state; minutes is after how long it ends by itself, 0: as the reason says. */
  async function set(state: 'available' | 'away' | 'offline', reason = '', minutes = 0): Promise<void> {
    put(await api.setPresence(state, reason, minutes))
  }
  function clear(): void { byAgent.clear() }

  return { byAgent, mine, seed, put, stateOf, set, clear }
})
