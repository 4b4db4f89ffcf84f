// Promises that a step of their policy's ladder passed up to me. Each stands until it is kept, falls away, or somebody
// says "I have it".
import { defineStore } from 'pinia'
import { computed, reactive } from 'vue'
import type { Clock, Conversation, Target } from '../api/types'
import { inHand } from '../lib/clocks'
import { useConversations } from './conversations'

export interface PassedUp { key: string, conversation: string, name: string, target: Target, n: number }

export const usePassedUp = defineStore('passedUp', () => {
  const conversations = useConversations()
  const all = reactive(new Map<string, PassedUp>())
  /** The newest last. */
  const standing = computed(() => [...all.values()].filter(p => stands(conversations.byId.get(p.conversation), p)))

  /** A later step of the same promise takes the place of the one before. */
  function heard(c: Conversation, clock: Clock, step: string): void {
    const at = `${c.id} ${clock.target}`
    all.delete(at)
    all.set(at, { key: `up ${c.id} ${clock.target} ${clock.n} ${step}`, conversation: c.id, name: c.contact.name || `#${c.number}`, target: clock.target, n: clock.n })
  }
  /** The conversations they are about. */
  const about = (): string[] => [...new Set([...all.values()].map(p => p.conversation))]
  function clear(): void { all.clear() }

  return { all, standing, heard, about, clear }
})

/** A conversation this page no longer knows is out of reach, or gone. */
function stands(c: Conversation | undefined, p: PassedUp): boolean {
  const k = c?.clocks.find(x => x.target === p.target && x.n === p.n)
  return k !== undefined && (k.state === 'running' || k.state === 'paused') && k.waiver?.state !== 'waived' && !inHand(k)
}
