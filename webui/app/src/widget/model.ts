// What the widget knows, and how frames change it. Pure: the socket, the clock and the screen are elsewhere.
import type { Frame, Message, Outgoing, Settings } from './frames'

export interface Queue { position: number, low: number, high: number, urgent: boolean }

export interface Model {
  line: 'connecting' | 'on' | 'off' | 'refused'
  settings?: Settings
  conversation: string
  status: string
  agent: string
  joined: boolean
  messages: Message[] // of this conversation, ascending
  more: boolean
  last: number // the highest number this tab has, of whatever kind
  read: number // the desk has read ours up to it
  seen: number // we have shown theirs up to it
  queue?: Queue
  moved?: { way: string, kept: boolean } // it goes on by mail or phone
  typing: string // who types now
  outgoing: Outgoing[]
}

export function empty(outgoing: Outgoing[] = []): Model {
  return {
    line: 'connecting', conversation: '', status: '', agent: '', joined: false, messages: [], more: false, last: 0, read: 0, seen: 0,
    typing: '', outgoing,
  }
}

/** apply is the only place that changes what came from the desk. A frame of another conversation begins anew. */
export function apply(m: Model, f: Frame): Model {
  switch (f.type) {
    case 'welcome': {
      const same = f.conversation === m.conversation
      return {
        ...(same ? m : fresh(m, f.conversation)), line: 'on', status: f.status, agent: f.agent, typing: '', moved: same && f.status === 'resolved' ? m.moved : undefined,
        read: Math.max(same ? m.read : 0, f.read), seen: Math.max(same ? m.seen : 0, f.seen), queue: undefined,
      }
    }
    case 'history': return merge(m, f.conversation, f.messages, f.earlier || !m.messages.length ? !!f.more : m.more)
    case 'message': return merge(m, f.conversation, [f.message], m.more)
    case 'ack': return { ...within(m, f.conversation), outgoing: m.outgoing.map(o => o.id === f.client_id ? { ...o, failed: undefined } : o) }
    case 'typing': return { ...m, typing: f.on ? f.name || ' ' : '' }
    case 'ticks': return f.conversation === m.conversation ? { ...m, read: Math.max(m.read, f.read) } : m
    case 'queue': return { ...m, queue: f.waiting ? { position: f.position ?? 0, low: f.low_s ?? 0, high: f.high_s ?? 0, urgent: f.reason === 'urgent' } : undefined }
    case 'joined': return { ...m, agent: f.name, joined: true, queue: undefined }
    case 'status': return f.conversation === m.conversation ? { ...m, status: f.status, agent: f.status === 'resolved' ? '' : m.agent, moved: f.status === 'resolved' ? m.moved : undefined, queue: undefined, typing: '' } : m
    case 'moved': return f.conversation === m.conversation ? { ...m, moved: { way: f.way, kept: f.kept } } : m
    case 'error': return f.client_id ? { ...m, outgoing: m.outgoing.map(o => o.id === f.client_id && !passing(f.reason) ? { ...o, failed: f } : o) } : m
    default: return m // a newer server may say more; pong says nothing
  }
}

/** newcomer is who joined and has not written yet: once they have, their words say it, and ours after them do not bring it back. */
export function newcomer(m: Model): string {
  return m.joined && !m.messages.some(x => x.name === m.agent) ? m.agent : ''
}

/** passing refusals are tried again by the widget itself. */
export function passing(reason: string): boolean {
  return ['too_many_messages', 'store_down', 'internal', 'stale'].includes(reason)
}

function fresh(m: Model, conversation: string): Model {
  return { ...empty(m.outgoing), line: m.line, settings: m.settings, conversation, queue: m.queue, agent: m.agent }
}

/** within begins the conversation the desk opened for our first words, and keeps everything otherwise. */
function within(m: Model, conversation: string): Model {
  return conversation === m.conversation ? m : { ...fresh(m, conversation), status: 'open' }
}

function merge(from: Model, conversation: string, list: Message[], more: boolean): Model {
  const m = within(from, conversation)
  const known = new Map(m.messages.map(x => [x.number, x]))
  for (const x of list) known.set(x.number, x)
  const messages = [...known.values()].sort((a, b) => a.number - b.number)
  const theirs = list.some(x => !x.mine)
  return {
    ...m, messages, more, last: Math.max(m.last, ...list.map(x => x.number)), typing: theirs ? '' : m.typing,
    read: Math.max(m.read, ...list.filter(x => !x.mine && !x.auto).map(x => x.number)),
    outgoing: m.outgoing.filter(o => !list.some(x => x.mine && x.client_id === o.id)),
  }
}

/** unread counts the desk's words that no viewport has shown. */
export function unread(m: Model): Message[] {
  return m.messages.filter(x => !x.mine && x.number > m.seen)
}
