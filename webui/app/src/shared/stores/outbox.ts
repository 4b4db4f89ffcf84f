// What was written while nobody answered. It is kept on this device, in order, and sent by itself, once: the client key is
// also the server's idempotency key, so that neither a second try nor a second tab says anything twice.
import { defineStore } from 'pinia'
import { ref } from 'vue'
import { ApiError } from '../api/client'
import { api } from '../api/endpoints'
import type { Message, NewMessage, NewNote } from '../api/types'
import { remember } from '../lib/theme'
import { useMessages } from './messages'
import { useSession } from './session'

export type Parcel =
  | { kind: 'reply', conversation: string, body: NewMessage, shown: Message }
  | { kind: 'note', conversation: string, body: NewNote, shown: Message }
export interface Refused { parcel: Parcel, error: unknown }

/** Errors that say nothing about the words: the same may go later. */
const later = (e: unknown): boolean => e instanceof ApiError && (e.lost || e.code === 'unauthenticated' || e.code === 'too_many' || e.reason === 'request_under_way')
/** It was said before, though its answer never came: giving the words back would have them said twice. */
const done = (e: unknown): boolean => e instanceof ApiError && e.reason === 'request_done'

export const useOutbox = defineStore('outbox', () => {
  const session = useSession()
  const parcels = ref<Parcel[]>([])
  let flushing = false

  const slot = (): string => `yingda.outbox.${session.me}`
  const save = (): void => remember(slot(), JSON.stringify(parcels.value))
  const kept = (key: string): boolean => key !== '' && parcels.value.some(p => p.shown.client_key === key)
  const waitingFor = (conversation: string): Message[] => parcels.value.filter(p => p.conversation === conversation).map(p => p.shown)

  /** Reads what an earlier page, or another tab, left behind. */
  function wake(): void {
    try { parcels.value = JSON.parse(localStorage.getItem(slot()) ?? '[]') as Parcel[] } catch { parcels.value = [] }
  }

  const post = (p: Parcel): Promise<Message> => p.kind === 'reply' ? api.send(p.conversation, p.body) : api.note(p.conversation, p.body)

  function keep(p: Parcel): undefined {
    parcels.value.push(p)
    save()
  }
  /** Sends, or keeps it when nobody answers or earlier words of the same conversation still wait. Other refusals are the caller's. */
  async function send(p: Parcel): Promise<Message | undefined> {
    if (waitingFor(p.conversation).length) return keep(p)
    try {
      return await post(p)
    } catch (e) {
      if (!(e instanceof ApiError) || !e.lost) throw e
      return keep(p)
    }
  }

  /** Takes a kept one out again, for its words to be changed; undefined when it is on its way. */
  function take(key: string): Parcel | undefined {
    const p = flushing ? undefined : parcels.value.find(x => x.shown.client_key === key)
    if (p) drop(p)
    return p
  }
  function drop(p: Parcel): void {
    wake() // another tab may have sent or kept some
    parcels.value = parcels.value.filter(x => x.shown.client_key !== p.shown.client_key)
    save()
  }

  /** Sends what is kept, in order. Returns what the server refused, for its words to go back to the writer. */
  async function flush(): Promise<Refused[]> {
    const refused: Refused[] = []
    if (flushing || !parcels.value.length) return refused
    flushing = true
    try {
      for (let p = parcels.value[0]; p; p = parcels.value[0]) {
        try {
          useMessages().put(await post(p))
        } catch (error) {
          if (later(error)) break
          if (!done(error)) {
            useMessages().drop(p.conversation, p.shown.client_key)
            refused.push({ parcel: p, error })
          }
        }
        drop(p)
      }
    } finally { flushing = false }
    return refused
  }

  function clear(): void { parcels.value = [] } // what is kept stays on the device, for its writer

  return { parcels, kept, waitingFor, wake, send, take, flush, clear }
})
