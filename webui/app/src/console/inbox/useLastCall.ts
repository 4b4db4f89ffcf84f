// The last call of a conversation whose row has no words of its own. Only rows on the screen ask, once for each change.
import { onMounted, shallowReactive, watch } from 'vue'
import { api } from '@/shared/api/endpoints'
import type { Call, Conversation, Message } from '@/shared/api/types'
import { useMessages } from '@/shared/stores/messages'

const known = shallowReactive(new Map<string, { version: number, call: Call | undefined }>())

const callIn = (all: Message[]): Call | undefined => [...all].reverse().find(m => m.call)?.call ?? undefined

/** What the page knows of it so far: the open thread first, which is live. */
export function useLastCall(row: () => Conversation): () => Call | undefined {
  const messages = useMessages()
  const wanted = (): boolean => row().medium !== 'chat' && !row().snippet // a mail may be a call's wish for one

  async function ask(): Promise<void> {
    const { id, version } = row()
    if (!wanted() || known.get(id)?.version === version) return
    const page = await api.messages(id, { limit: 5 }).catch(() => undefined) // the next change of the row asks again
    if (page) known.set(id, { version, call: callIn(page.items) })
  }
  onMounted(() => { void ask() })
  watch(() => `${row().id} ${row().version}`, () => { void ask() })

  return () => callIn(messages.threads.get(row().id)?.items ?? []) ?? known.get(row().id)?.call
}
