// The shapes of the wire, as the server writes them. Times are RFC 3339 texts, ids are opaque.

export type Medium = 'email' | 'chat' | 'voice'
export type Status = 'open' | 'pending' | 'snoozed' | 'resolved'
export type Priority = 'urgent' | 'high' | 'normal' | 'low'
export type Tier = 'strategic' | 'key' | 'ordinary'
export type Role = 'agent' | 'supervisor' | 'administrator'
export type Target = 'answer' | 'first_response' | 'next_response' | 'resolution' | 'callback'
export type PresenceState = 'offline' | 'available' | 'away' | 'wrap_up' | 'not_responding'
export type Delivery = '' | 'queued' | 'sending' | 'sent' | 'delivered' | 'read' | 'failed' | 'unknown' | 'withdrawn'
export type Auto = '' | 'auto_reply' | 'bounce' | 'report' | 'list' | 'calendar' | 'greeting'
type Time = string | null

export interface Skill { name: string, level: number }

export interface Clock {
  target: Target
  state: 'running' | 'paused' | 'met' | 'cancelled'
  started_at: Time
  due_at: Time
  paused_at: Time
  met_at: Time
  breached_at: Time
  warn_at: Time
  budget_s: number
  calendar: string
  policy: string
  marked: boolean
}

export interface Conversation {
  id: string
  number: number
  inbox: string
  medium: Medium
  contact: { id: string, name: string, company: string, tier: Tier }
  subject: string
  status: Status
  priority: Priority
  queue: string
  tags: string[]
  locale: string
  assignee: string
  last_agent: string
  waiting: boolean
  offered_to: string
  snooze_until: Time
  resolved_at: Time
  merged_into: string
  previous: string
  messages: number
  last_at: Time
  last_by: 'in' | 'out' | 'note'
  snippet: string
  visitor_read: number
  clocks: Clock[]
  due_at: Time
  due_target: Target | ''
  unread: boolean
  version: number
  created_at: string
  updated_at: string
}

export interface Address { name: string, address: string }
export interface FileRef { blob: string, name: string, content_type: string, size: number, inline: boolean, content_id: string }
export interface Attachment extends FileRef { url: string }
export interface Person { kind: 'contact' | 'agent' | 'system', id: string, name: string }

export interface Call {
  id: string
  direction: 'in' | 'out'
  from: string
  to: string
  agent: string
  outcome: '' | 'answered' | 'missed' | 'abandoned' | 'voicemail' | 'failed'
  recording: string
  ringing_at: Time
  answered_at: Time
  ended_at: Time
  talked_s: number
}

export interface Message {
  id: string
  conversation: string
  number: number
  direction: 'in' | 'out' | 'note'
  medium: Medium
  author: Person
  text: string
  html: string
  quoted_text: string
  quoted_html: string
  signature: string
  subject: string
  from: Address
  to: Address[]
  cc: Address[]
  bcc: Address[]
  auto: Auto
  unverified: boolean
  attachments: Attachment[]
  mentions: string[]
  call: Call | null
  client_key: string
  delivery: Delivery
  failure: string
  not_before: Time
  at: string
  header_date: Time
  has_raw: boolean
}

/** One line of a conversation's history. `data` is what the fact's kind says. */
export interface HistoryEvent { seq: number, kind: string, actor: Person, at: string, data: Record<string, unknown> }

export interface Identity { kind: 'email' | 'phone' | 'visitor' | 'external', value: string }
export interface Contact {
  id: string
  name: string
  company: string
  locale: string
  tier: Tier
  owner: string
  note: string
  identities: Identity[]
  version: number
  created_at: string
  updated_at: string
}

export interface Presence { agent: string, state: PresenceState, reason: string, since: Time, until: Time }
export interface Agent {
  id: string
  name: string
  email: string
  role: Role
  extension: string
  locale: string
  languages: string[]
  teams: string[]
  queues: string[]
  skills: Skill[]
  capacity: number
  maximum: Record<string, number>
  disabled: boolean
  version: number
  presence: Presence
}

export interface Reason { rule: string, value: string }
export interface Offer {
  id: string
  conversation: Conversation
  agent: string
  expires_at: string
  auto: boolean
  weight: number
  why: Reason[]
  made_at: string
}

export interface Named { id: string, name: string }
export interface DirectoryInbox extends Named { medium: Medium, queue?: string, address?: string }
export interface Canned { id: string, name?: string, shortcut?: string, title?: string, text: string, html?: string, locale?: string, queues?: string[] }
export interface Directory {
  agents: Agent[]
  queues: Named[]
  teams: Named[]
  inboxes: DirectoryInbox[]
  tags: Named[]
  skills: Named[]
  canned: Canned[]
}

export interface Me { agent: Agent, scope?: unknown, server_time: string, features?: Record<string, unknown> }
export interface Page<T> { items: T[], next: string }
export interface MessagePage { items: Message[], next_before: string, next_after: string }
export interface SearchHit { conversation: Conversation, message: { id: string, number: number, excerpt: string, at: string } | null }

export interface Draft {
  text: string
  html: string
  to: Address[]
  cc: Address[]
  bcc: Address[]
  attachments: FileRef[]
  mode: 'reply' | 'note'
  version: number
}

export interface NewMessage {
  client_key: string
  text: string
  html: string
  to?: Address[]
  cc?: Address[]
  bcc?: Address[]
  attachments?: FileRef[]
  in_reply_to?: string
  seen: number
  force?: boolean
  then?: '' | 'pending' | 'resolved'
  undo_s?: number
}
export interface NewNote { client_key: string, text: string, html: string, mentions: string[], attachments?: FileRef[] }
export interface NewConversation {
  inbox: string
  to: Address[]
  contact?: string
  subject: string
  text: string
  html: string
  attachments?: FileRef[]
}
export interface ReplyTo { to: Address[], cc: Address[], subject: string }

export interface ConversationChange {
  version: number
  status?: Status
  snooze_until?: string
  priority?: Priority
  tags?: string[]
  subject?: string
  locale?: string
}

/** Why one conversation went where it went: each offer with what was weighed. */
export interface Considered { agent: string, result: string, rule: string, value: string, load?: number, capacity?: number }
export interface TraceOffer {
  id: string
  agent: string
  made_at: string
  ended_at: Time
  result: string
  reason: string
  score: Time
  due_at: Time
  boost_s: number
  weight: number
  why: Reason[]
  considered: Considered[]
}
export interface Trace { conversation: Conversation, offers: TraceOffer[] }

export interface BoardQueue {
  id: string
  name: string
  waiting: number
  longest_since: Time
  on_offer: number
  held: number
  service: { met: number, late: number, target_pct: number }
}
export interface BoardHeld { conversation: string, number: number, medium: Medium, weight: number, contact: string, since: Time }
export interface BoardAgent { agent: string, name: string, presence: Presence, load: number, capacity: number, held: BoardHeld[] }
export interface BoardRow { conversation: Conversation, clock: Clock, slack_s: number }
export interface BoardChannel { inbox: string, name: string, medium: Medium, up: boolean, cause: string, last_good: Time }
export interface Board {
  at: string
  queues: BoardQueue[]
  agents: BoardAgent[]
  late: BoardRow[]
  next: BoardRow[]
  channels: BoardChannel[]
  quarantine: number
}

/** A settings document as it is stored. */
export interface Doc<T = Record<string, unknown>> { id: string, version: number, doc: T }

/** What the socket sends. `n` counts per connection; a hole means something was lost. */
export interface Envelope { v: number, n: number, cursor: string }
export type Frame =
  | { kind: 'welcome', resumed: boolean, server_time: string, cursor: string }
  | { kind: 'conversation', conversation?: Conversation, id?: string, removed?: boolean }
  | { kind: 'message' | 'message_changed', message: Message }
  | { kind: 'event', event: HistoryEvent, conversation: string }
  | { kind: 'offer', offer: Offer }
  | { kind: 'offer_gone', id: string, reason: 'accepted' | 'declined' | 'expired' | 'withdrawn', by: string }
  | { kind: 'presence', presence: Presence }
  | { kind: 'contact', contact: Contact }
  | { kind: 'clock', conversation: string, clock: Clock, what: 'warned' | 'breached' }
  | { kind: 'board', queues?: BoardQueue[], agents?: BoardAgent[], late_changed?: boolean }
  | { kind: 'channel', inbox: string, up: boolean, cause: string, last_good: Time }
  | { kind: 'setting', setting?: string, id: string }
  | { kind: 'typing', conversation: string, who: Person, on: boolean }
  | { kind: 'viewing', conversation: string, agents: string[] }
  | { kind: 'resync' }
  | { kind: 'signed_out' }
  | { kind: 'pong' }
