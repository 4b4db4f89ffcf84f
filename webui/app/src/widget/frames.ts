// The frames of the widget's socket, as channels/chat/frames.go says them.
export interface FileBody { name: string, type: string, size: number, url: string, image: boolean }

export interface Message {
  number: number
  mine: boolean
  name?: string
  text: string
  at: string
  client_id?: string
  auto?: boolean
  files?: FileBody[]
}

export interface Problem { code: string, reason: string, params?: Record<string, string> }

export type Frame =
  | { type: 'welcome', conversation: string, status: string, agent: string, read: number, seen: number, last: number, open: boolean, now: string }
  | { type: 'history', conversation: string, messages: Message[], earlier?: boolean, more?: boolean }
  | { type: 'message', conversation: string, message: Message }
  | { type: 'ack', client_id: string, number: number, conversation: string }
  | { type: 'typing', on: boolean, name: string }
  | { type: 'ticks', conversation: string, read: number }
  | { type: 'queue', waiting: boolean, position?: number, low_s?: number, high_s?: number, reason?: string }
  | { type: 'joined', name: string }
  | { type: 'status', conversation: string, status: string }
  | { type: 'moved', conversation: string, way: string, kept: boolean }
  | { type: 'pong' }
  | ({ type: 'error', client_id?: string } & Problem)

export interface Settings {
  title: Record<string, string>
  greeting: Record<string, string>
  colour?: string
  open: boolean
  changes?: string
  offline: boolean
  call_me: boolean
  reply_within_h: number
  limits: { text: number, file: number, files: number, burst: number, no_files?: boolean }
}

export interface Session { token: string, visitor: string, identity: string, settings: Settings }

/** A file that was taken in: its ticket goes with the next message. */
export interface Uploaded { file: string, name: string, type: string, size: number, image: boolean, url: string }

/** What this tab wants to say and the desk has not acknowledged yet. */
export interface Outgoing { id: string, text: string, files: Uploaded[], at: string, failed?: Problem }
