// Names of everything the screens mention by id: colleagues, queues, teams, inboxes, tags, skills, canned replies.
import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { api } from '../api/endpoints'
import type { Directory } from '../api/types'

const nothing: Directory = { agents: [], queues: [], teams: [], inboxes: [], tags: [], skills: [], canned: [], calendars: [], reasons: [], tiers: { strategic: '', key: '', ordinary: '' } }
const index = <T extends { id: string }>(list: T[]): Map<string, T> => new Map(list.map(x => [x.id, x]))

export const useDirectory = defineStore('directory', () => {
  const all = ref<Directory>(nothing)
  let asked = 0, settled = 0
  const agents = computed(() => index(all.value.agents))
  const queues = computed(() => index(all.value.queues))
  const inboxes = computed(() => index(all.value.inboxes))

  async function load(): Promise<void> {
    const mine = ++asked, said = await api.directory()
    if (mine < settled) return // a newer answer was faster
    settled = mine
    all.value = { ...nothing, ...said }
  }
  function clear(): void { all.value = nothing }

  const agentName = (id: string): string => agents.value.get(id)?.name ?? ''
  const queueName = (id: string): string => queues.value.get(id)?.name ?? id
  const inboxName = (id: string): string => inboxes.value.get(id)?.name ?? id

  return { all, agents, queues, inboxes, load, clear, agentName, queueName, inboxName }
})
