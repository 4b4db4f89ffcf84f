// What the socket says.
import type { BoardAgent, BoardChannel, BoardQueue, Clock, Contact, Conversation, HistoryEvent, Message, Offer, Person, Presence } from './types'

/** Around every frame: `n` counts per connection; a hole means something was lost. */
export interface Envelope { v: number, n: number, cursor: string }
export type Frame =
  | { kind: 'welcome', resumed: boolean, server_time: string }
  | { kind: 'conversation', conversation: Conversation }
  | { kind: 'removed', id: string }
  | { kind: 'message' | 'message_changed', message: Message }
  | { kind: 'event', event: HistoryEvent, conversation: string }
  | { kind: 'offer', offer: Offer }
  | { kind: 'offer_gone', id: string, conversation: string, reason: 'accepted' | 'declined' | 'expired' | 'withdrawn', by: string }
  | { kind: 'presence', presence: Presence }
  | { kind: 'contact', contact: Contact }
  | { kind: 'clock', conversation: Conversation, clock: Clock, what: 'warned' | 'breached', level: number }
  | { kind: 'board', queues: BoardQueue[], agents: BoardAgent[], late_changed: boolean }
  | { kind: 'channel', channel: BoardChannel }
  | { kind: 'setting', setting: string, id: string }
  | { kind: 'typing', conversation: string, who: Person, on: boolean }
  | { kind: 'viewing', conversation: string, agents: string[] }
  | { kind: 'resync' }
  | { kind: 'signed_out' }
  | { kind: 'pong', server_time: string }
