// The threads of opened conversations: messages by number, what is on its way, and who is typing or looking.
import { defineStore } from 'pinia'
import { reactive } from 'vue'
import { api } from '../api/endpoints'
import type { HistoryEvent, Message, Person } from '../api/types'
import { retold } from '../lib/retold'
import { useOutbox } from './outbox'

export interface Thread {
  items: Message[]
  events: HistoryEvent[]
  /** Number below which older messages are asked for; 0 when the first one is here. */
  before: number
  state: 'empty' | 'loading' | 'ready' | 'failed'
  /** How often it was asked for: the newest answer counts. */
  asked: number
  error: unknown
  typing: Map<string, { who: Person, until: number }>
  viewing: string[]
}

/** A typing word without a follow-up is forgotten after this, ms: signals may be lost. */
const typingLasts = 8000

export const useMessages = defineStore('messages', () => {
  const threads = reactive(new Map<string, Thread>())
  const news = retold<{ message: Message } | { conversation: string, event: HistoryEvent }>()

  function thread(id: string): Thread {
    if (!threads.has(id)) threads.set(id, { items: [], events: [], before: 0, state: 'empty', asked: 0, error: undefined, typing: new Map(), viewing: [] })
    return threads.get(id)!
  }

  /** Loads the newest page; with what is already here when it was opened before. */
  async function open(id: string, afresh = false): Promise<void> {
    const t = thread(id)
    if (t.state === 'loading' && !afresh) return
    const mine = ++t.asked
    if (t.state !== 'ready') t.state = 'loading'
    try {
      await news.over(
        () => Promise.all([api.messages(id, { limit: 40 }), api.events(id).catch(() => ({ items: [] }))]),
        ([page, events]) => {
          if (mine < t.asked) return // asked again since
          const waiting = [...t.items.filter(m => m.number === 0), ...useOutbox().waitingFor(id)] // kept over a reload of the page
          t.items = order([...page.items, ...waiting.filter(w => !page.items.some(m => m.client_key === w.client_key))])
          t.events = events.items
          t.before = page.next_before ?? 0
          t.state = 'ready'
          t.error = undefined
        },
        n => 'message' in n ? insert(n.message) : happened(n.conversation, n.event),
      )
    } catch (e) {
      if (mine < t.asked) return
      t.state = 'failed'
      t.error = e
    }
  }

  async function older(id: string): Promise<void> {
    const t = thread(id)
    if (!t.before) return
    const page = await api.messages(id, { before: t.before, limit: 40 })
    t.items = order([...page.items, ...t.items])
    t.before = page.next_before ?? 0
  }

  /** A message as the server has it. It takes the place of the one this page showed ahead. */
  function put(m: Message): void {
    if (m.number) news.heard({ message: m }) // what this page shows ahead is kept by itself
    insert(m)
  }

  function insert(m: Message): void {
    const t = threads.get(m.conversation)
    if (!t || t.state === 'empty') return
    const i = t.items.findIndex(x => x.id === m.id || (m.client_key !== '' && x.client_key === m.client_key))
    if (i >= 0) t.items[i] = m
    else t.items.push(m)
    t.items = order(t.items)
    t.typing.delete(m.author.id)
  }

  function drop(conversation: string, clientKey: string): void {
    const t = threads.get(conversation)
    if (t) t.items = t.items.filter(m => m.client_key !== clientKey || m.number > 0)
  }

  function happened(conversation: string, e: HistoryEvent): void {
    news.heard({ conversation, event: e })
    const t = threads.get(conversation)
    if (t?.state === 'ready' && !t.events.some(x => x.seq === e.seq)) t.events.push(e)
  }

  function typing(conversation: string, who: Person, on: boolean): void {
    const t = threads.get(conversation)
    if (!t) return
    if (!on) { t.typing.delete(who.id); return }
    t.typing.set(who.id, { who, until: Date.now() + typingLasts })
    setTimeout(() => {
      const word = t.typing.get(who.id)
      if (word && word.until <= Date.now()) t.typing.delete(who.id)
    }, typingLasts + 50)
  }

  function viewing(conversation: string, agents: string[]): void {
    const t = threads.get(conversation)
    if (t) t.viewing = agents
  }

  async function reloadShown(shown: string): Promise<void> {
    for (const id of [...threads.keys()]) if (id !== shown) threads.delete(id)
    if (shown && threads.has(shown)) await open(shown, true)
  }

  function clear(): void { threads.clear() }

  return { threads, thread, open, older, put, drop, happened, typing, viewing, reloadShown, clear }
})

// By number; what the server has not numbered yet stands last, in the order it was written.
function order(items: Message[]): Message[] {
  const seen = new Set<string>()
  return items
    .filter(m => !seen.has(m.id) && seen.add(m.id))
    .sort((a, b) => (a.number || Infinity) === (b.number || Infinity) ? (a.at ?? '').localeCompare(b.at ?? '') : (a.number || Infinity) - (b.number || Infinity))
}
