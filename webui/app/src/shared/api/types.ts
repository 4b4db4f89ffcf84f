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
  mentioned: string[]
  waiting: boolean
  offered_to: string
  queued_at: Time
  snooze_until: Time
  resolved_at: Time
  merged_into: string
  previous: string
  messages: number
  last_at: Time
  last_by: '' | 'in' | 'out' | 'note'
  snippet: string
  visitor_read: number
  clocks: Clock[]
  due_at: Time
  due_target: Target | ''
  /** The last message number this person has read; 0 in socket frames, where the page keeps its own. */
  read: number
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
  call?: Call | null
  client_key: string
  delivery: Delivery
  failure: string
  not_before: Time
  at: string
  header_date: Time
  has_raw: boolean
}

/** One line of a conversation's history. `data` is what the fact's kind says. */
export interface HistoryEvent { seq: number, kind: string, on: string, id: string, actor: Person, at: string, data: Record<string, unknown> }

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
export interface Team extends Named { queues: string[], leads: string[] }
export interface DirectoryInbox extends Named { medium: Medium, queue: string, address: string, enabled: boolean }
export interface Tag extends Named { color?: string }
export interface Tiers { strategic: string, key: string, ordinary: string }
export interface Canned { id: string, shortcut: string, title: string, text: string, html: string, locale: string, team: string }
export interface Directory {
  agents: Agent[]
  queues: Named[]
  teams: Team[]
  inboxes: DirectoryInbox[]
  tags: Tag[]
  skills: Named[]
  canned: Canned[]
  tiers: Tiers
}

export interface Scope { all: boolean, queues: string[], agents: string[] }
export interface Features { max_file_bytes: number, max_files: number, max_chat_text: number, max_undo_s: number }
export interface Me { agent: Agent, scope: Scope, session: string, server_time: string, preferences: Record<string, unknown>, features: Features }
export interface Page<T> { items: T[], next: string }
export interface MessagePage { items: Message[], next_before: number, next_after: number }
export interface SearchHit { conversation: Conversation, message: { id: string, number: number, excerpt: string, at: Time } }

export interface Draft {
  text: string
  html: string
  to: Address[]
  cc: Address[]
  bcc: Address[]
  attachments: Attachment[]
  mode: 'reply' | 'note'
  version: number
  updated_at: Time
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

/** Why one conversation went where it went, step by step. */
export interface TraceStep {
  seq: number
  kind: string
  agent: string
  at: string
  offer: string
  reason: string
  auto: boolean
  forced: boolean
  why: Reason[]
}
export interface Trace {
  conversation: string
  routing: 'waiting' | 'on_offer' | 'assigned' | 'none'
  /** Due minus boost: the smallest goes first; null when it does not wait. */
  rank: Time
  due_at: Time
  boost_s: number
  ahead: number
  steps: TraceStep[]
}

export interface BoardQueue {
  id: string
  name: string
  waiting: number
  longest_since: Time
  oldest: string
  on_offer: number
  held: number
  pending: number
  late: number
  available: number
  service: { met: number, late: number, target_pct?: number }
}
export interface BoardHeld { conversation: string, number: number, medium: Medium, weight: number, contact: string, since: Time }
export interface BoardAgent { agent: string, name: string, presence: Presence, load: number, capacity: number, held: BoardHeld[], offers: number }
export interface BoardRow { conversation: Conversation, clock: Clock, slack_s: number }
export interface BoardChannel { inbox: string, name: string, medium: Medium, up: boolean, cause: string, last_good: Time, since: Time }
export interface Board {
  at: string
  queues: BoardQueue[]
  agents: BoardAgent[]
  late: BoardRow[]
  next: BoardRow[]
  late_total: number
  channels: BoardChannel[]
  quarantine: number
}

/** A settings document as it is stored. */
export interface Doc<T = Record<string, unknown>> { id: string, version: number, doc: T }
