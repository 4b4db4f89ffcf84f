// What was written while the line was down. It is kept on this device and sent by itself, once: the client key is also
// the server's idempotency key.
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

export const useOutbox = defineStore('outbox', () => {
  const session = useSession()
  const parcels = ref<Parcel[]>([])
  let flushing = false

  const slot = (): string => `yingda.outbox.${session.me}`
  const save = (): void => remember(slot(), JSON.stringify(parcels.value))
  const kept = (key: string): boolean => key !== '' && parcels.value.some(p => p.shown.client_key === key)
  const waitingFor = (conversation: string): Message[] => parcels.value.filter(p => p.conversation === conversation).map(p => p.shown)

  /** Reads what an earlier page left behind. */
  function wake(): void {
    try { parcels.value = JSON.parse(localStorage.getItem(slot()) ?? '[]') as Parcel[] } catch { parcels.value = [] }
  }

  const post = (p: Parcel): Promise<Message> => p.kind === 'reply' ? api.send(p.conversation, p.body) : api.note(p.conversation, p.body)

  /** Sends, or keeps it when nobody answers. Other refusals are the caller's. */
  async function send(p: Parcel): Promise<Message | undefined> {
    try {
      return await post(p)
    } catch (e) {
      if (!(e instanceof ApiError) || !e.lost) throw e
      parcels.value.push(p)
      save()
      return undefined
    }
  }

  /** Sends what is kept, in order. Returns what the server refused, for its words to go back to the writer. */
  async function flush(): Promise<{ parcel: Parcel, error: unknown }[]> {
    const refused: { parcel: Parcel, error: unknown }[] = []
    if (flushing) return refused
    flushing = true
    try {
      while (parcels.value[0]) {
        const parcel = parcels.value[0]
        try {
          useMessages().put(await post(parcel))
        } catch (error) {
          if (error instanceof ApiError && error.lost) break
          useMessages().drop(parcel.conversation, parcel.shown.client_key)
          refused.push({ parcel, error })
        }
        parcels.value.shift()
        save()
      }
    } finally { flushing = false }
    return refused
  }

  return { parcels, kept, waitingFor, wake, send, flush }
})
