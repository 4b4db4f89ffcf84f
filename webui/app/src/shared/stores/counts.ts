// How many conversations stand in my lists, as the server counts: for lists longer than what the page holds.
import { defineStore } from 'pinia'
import { ref } from 'vue'
import { api } from '../api/endpoints'
import type { ListCounts } from '../api/types'

/** Places that show counts ask on their own; within this time one answer serves them all. */
const rest = 5_000

export const useCounts = defineStore('counts', () => {
  const said = ref<ListCounts>()
  let asked = -Infinity

  async function load(): Promise<void> {
    const at = performance.now()
    if (at - asked < rest) return
    asked = at
    try {
      const now = await api.counts()
      if (asked === at) said.value = now
    } catch { /* what is loaded is counted meanwhile, with a plus */ }
  }
  function clear(): void {
    said.value = undefined
    asked = -Infinity
  }
  return { said, load, clear }
})
