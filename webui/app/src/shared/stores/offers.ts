// Work offered to this person now, and for a moment how an offer ended.
import { defineStore } from 'pinia'
import { computed, reactive } from 'vue'
import { api } from '../api/endpoints'
import type { Conversation, Offer } from '../api/types'
import { retold } from '../lib/retold'

export type Ending = 'accepted' | 'declined' | 'expired' | 'withdrawn'
export interface Ringing { offer: Offer, ended?: Ending, by?: string, busy?: boolean }

/** How long an ended offer keeps its place, ms: nothing moves under the hand. */
const endingShows = 3000

export const useOffers = defineStore('offers', () => {
  const all = reactive(new Map<string, Ringing>())
  const news = retold<() => void>()
  const shown = computed(() => [...all.values()].sort((a, b) => (a.offer.expires_at ?? '').localeCompare(b.offer.expires_at ?? '')).slice(0, 2))
  const first = computed(() => shown.value.find(r => !r.ended))

  async function load(): Promise<void> {
    await news.over(() => api.offers(), (now) => {
      for (const id of [...all.keys()]) if (!now.some(o => o.id === id)) all.delete(id)
      for (const offer of now) if (!all.has(offer.id)) all.set(offer.id, { offer })
    }, again => again())
  }

  function come(offer: Offer): void {
    const rings = (): void => { if (!all.has(offer.id)) all.set(offer.id, { offer }) }
    news.heard(rings)
    rings()
  }

  function end(id: string, ended: Ending, by = ''): void {
    const ends = (): void => stop(id, ended, by)
    news.heard(ends)
    ends()
  }

  function stop(id: string, ended: Ending, by: string): void {
    const r = all.get(id)
    if (!r || r.ended) return
    // Our own word needs no farewell: the row opens, or the reason was just given.
    if (ended === 'accepted' && r.busy || ended === 'declined') { all.delete(id); return }
    Object.assign(r, { ended, by })
    setTimeout(() => all.delete(id), endingShows)
  }

  async function accept(id: string): Promise<Conversation> {
    const r = all.get(id)
    if (r) r.busy = true
    try {
      const c = await api.accept(id)
      all.delete(id)
      return c
    } catch (e) {
      if (r) r.busy = false
      throw e
    }
  }

  async function decline(id: string, reason: string, text = ''): Promise<void> {
    await api.decline(id, reason, text)
    all.delete(id)
  }

  function clear(): void { all.clear() }

  return { all, shown, first, load, come, end, accept, decline, clear }
})
