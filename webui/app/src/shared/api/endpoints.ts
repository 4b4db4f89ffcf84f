// Every call of the inbox and the frame, by name. Places with their own calls keep them in their folder.
import { base, get, patch, post, put, del, ApiError, type Query } from './client'
import type {
  Attachment, Contact, Conversation, ConversationChange, Directory, Draft, DraftSave, HistoryEvent, Identity, ListCounts, Me, Message, MessagePage,
  NewConversation, NewMessage, NewNote, Offer, Page, Presence, ReplyTo, SearchHit, Target, Trace,
} from './types'

const c = (id: string): string => `/conversations/${encodeURIComponent(id)}`

export const api = {
  signIn: (email: string, password: string) => post<{ me: Me }>('/auth/sign-in', { email, password }),
  signOut: () => post<void>('/auth/sign-out'),
  me: () => get<Me>('/me'),
  counts: () => get<ListCounts>('/me/counts'),
  savePreferences: (p: Record<string, unknown>) => put<void>('/me/preferences', p),
  directory: () => get<Directory>('/directory'),
  setPresence: (state: 'available' | 'away' | 'offline', reason = '', minutes = 0) => put<Presence>('/me/presence', { state, reason, minutes }),

  conversations: (q: Query, signal?: AbortSignal) => get<Page<Conversation>>('/conversations', q, signal),
  conversation: (id: string) => get<Conversation>(c(id)),
  messages: (id: string, q: { before?: number, after?: number, limit?: number } = {}) => get<MessagePage>(`${c(id)}/messages`, q),
  events: (id: string) => get<Page<HistoryEvent>>(`${c(id)}/events`, { limit: 100 }),
  trace: (id: string) => get<Trace>(`${c(id)}/trace`),
  replyTo: (id: string, message: string, all: boolean) => get<ReplyTo>(`${c(id)}/reply-to`, { message, all: all ? 1 : undefined }),
  rawUrl: (id: string, message: string) => `${base}${c(id)}/messages/${message}/raw`,
  htmlUrl: (id: string, message: string) => `${base}${c(id)}/messages/${message}/html`,

  open: (n: NewConversation, key: string) => post<Conversation>('/conversations', n, key),
  send: (id: string, m: NewMessage) => post<Message>(`${c(id)}/messages`, m, m.client_key),
  note: (id: string, n: NewNote) => post<Message>(`${c(id)}/notes`, n, n.client_key),
  withdraw: (id: string, message: string) => post<{ message: Message }>(`${c(id)}/messages/${message}/withdraw`),
  resend: (id: string, message: string) => post<Message>(`${c(id)}/messages/${message}/resend`),

  change: (id: string, change: ConversationChange) => patch<Conversation>(c(id), change),
  take: (id: string, force = false) => post<Conversation>(`${c(id)}/take`, { force }),
  assign: (id: string, agent: string, force = false) => post<Conversation>(`${c(id)}/assign`, { agent, force }),
  transfer: (id: string, to: { queue?: string, agent?: string }, note: string) => post<Conversation>(`${c(id)}/transfer`, { ...to, note }),
  merge: (id: string, into: string) => post<Conversation>(`${c(id)}/merge`, { into }),
  acknowledge: (id: string, target: Target) => post<Conversation>(`${c(id)}/clocks/${target}/acknowledge`),
  calledBack: (id: string, note: string) => post<Conversation>(`${c(id)}/called-back`, { note }),
  endCall: (id: string) => post<Conversation>(`${c(id)}/end-call`),
  seen: (id: string, number: number) => post<void>(`${c(id)}/seen`, { number }),

  draft: (id: string) => get<Draft>(`${c(id)}/draft`),
  saveDraft: (id: string, d: DraftSave) => put<Draft>(`${c(id)}/draft`, d),
  dropDraft: (id: string) => del<void>(`${c(id)}/draft`),

  offers: () => get<Offer[]>('/offers'),
  accept: (id: string) => post<Conversation>(`/offers/${id}/accept`),
  decline: (id: string, reason: string, text = '') => post<void>(`/offers/${id}/decline`, { reason, text }),

  contact: (id: string) => get<Contact>(`/contacts/${id}`),
  contactConversations: (id: string) => get<Page<Conversation>>(`/contacts/${id}/conversations`, { limit: 20 }),
  changeContact: (id: string, p: Partial<Contact> & { version: number }) => patch<Contact>(`/contacts/${id}`, p),
  addIdentity: (id: string, i: Identity) => post<Contact>(`/contacts/${id}/identities`, i),

  search: (q: string, cursor: string | undefined, signal?: AbortSignal) => get<Page<SearchHit>>('/search', { q, cursor }, signal),
  setAgentPresence: (agent: string, state: string, reason = '') => put<Presence>(`/agents/${agent}/presence`, { state, reason }),
}

/** Uploads one file, telling how far it is (0 to 1). fetch cannot tell, hence XMLHttpRequest. */
export function upload(file: File, progress: (share: number) => void, signal: AbortSignal): Promise<Attachment> {
  return new Promise((resolve, reject) => {
    const x = new XMLHttpRequest()
    const form = new FormData()
    form.append('file', file, file.name)
    x.upload.onprogress = e => { if (e.lengthComputable) progress(e.loaded / e.total) }
    x.onerror = () => reject(new ApiError({ code: 'offline' }))
    x.onabort = () => reject(new DOMException('aborted', 'AbortError'))
    x.onload = () => {
      let said: Record<string, unknown> = {}
      try { said = JSON.parse(x.responseText) as Record<string, unknown> } catch { /* a proxy's own page */ }
      if (x.status < 300) {
        resolve({ blob: String(said['blob']), name: String(said['name'] ?? file.name), content_type: String(said['content_type'] ?? file.type), size: Number(said['size'] ?? file.size), inline: false, content_id: '', url: '', dangerous: false })
      } else {
        reject(new ApiError({ code: (said['code'] as ApiError['code'] | undefined) ?? (x.status === 413 ? 'too_large' : 'internal'), reason: said['reason'] as string, params: said['params'] as Record<string, string>, status: x.status }))
      }
    }
    signal.addEventListener('abort', () => x.abort())
    x.open('POST', `${base}/files`)
    x.send(form)
  })
}
