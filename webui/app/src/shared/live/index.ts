// The page's one line to the server, and what starting and losing it means.
import { ref } from 'vue'
import { base } from '../api/client'
import { useBoard } from '../stores/board'
import { useContacts } from '../stores/contacts'
import { useConversations } from '../stores/conversations'
import { useCounts } from '../stores/counts'
import { useDirectory } from '../stores/directory'
import { useMessages } from '../stores/messages'
import { useOffers } from '../stores/offers'
import { usePassedUp } from '../stores/passedUp'
import { usePresence } from '../stores/presence'
import { useSession } from '../stores/session'
import { apply } from './apply'
import { LiveSocket } from './socket'

/** Grows when the line came back without what was said meanwhile: who keeps a list of their own asks for it again. */
export const reloads = ref(0)

const topics = { conversation: '', board: false }

export const live = new LiveSocket(
  () => `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}${base}/socket`,
  { frame: apply, reload: () => void reload(), signedOut: () => useSession().forget() },
)

/** After sign-in: the snapshot, then the line. */
export async function begin(): Promise<void> {
  await usePresence().load()
  const me = useSession().agent
  if (me?.presence) usePresence().put(me.presence)
  await useOffers().load()
  live.start(useSession().cursor)
}

/** After signing out: nothing of one person may be left for the next. */
export function end(): void {
  live.stop()
  for (const s of [useConversations(), useMessages(), useOffers(), usePassedUp(), usePresence(), useBoard(), useContacts(), useCounts(), useDirectory()]) s.clear()
}

/** What this page wants details about: the open conversation, the board. */
export function watching(what: { conversation?: string, board?: boolean }): void {
  Object.assign(topics, what)
  live.watch([...topics.conversation ? [`conversation:${topics.conversation}`] : [], ...topics.board ? ['board'] : []])
}

async function reload(): Promise<void> {
  reloads.value++
  await Promise.all([
    usePresence().load(),
    useOffers().load(),
    useConversations().reloadShown(),
    useMessages().reloadShown(topics.conversation),
    ...usePassedUp().about().map(id => useConversations().fetch(id).catch(() => {})), // out of reach by now: the line tells
    ...topics.board ? [useBoard().load()] : [],
  ]).catch(() => {}) // the line is up but the answer failed: the banner tells, the next frame or click asks again
}

// The browser knows before a time-out does.
addEventListener('online', () => live.retry())
document.addEventListener('visibilitychange', () => { if (!document.hidden) live.probe() })
