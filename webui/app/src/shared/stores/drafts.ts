// What is being written, per conversation. It is kept by the server a moment after the last key, so that another device
// or a colleague's break loses nothing.
import { defineStore } from 'pinia'
import { reactive } from 'vue'
import { ApiError } from '../api/client'
import { api } from '../api/endpoints'
import type { Address, Attachment, FileRef, Message } from '../api/types'
import type { Parcel } from './outbox'

export interface Upload {
  id: number
  name: string
  size: number
  /** How much of it is up, 0 to 1. */
  share: number
  /** As the server keeps it, once it is there. */
  file?: Attachment
  /** Why it is not there, and whether trying again may help. */
  problem?: string
  again?: boolean
  source?: File
  abort: AbortController
}
export interface Writing {
  mode: 'reply' | 'note'
  text: string
  html: string
  /** Empty: whom the server would name. */
  to: Address[]
  cc: Address[]
  bcc: Address[]
  mentions: string[]
  uploads: Upload[]
  version: number
  state: 'new' | 'loading' | 'clean' | 'dirty' | 'saving' | 'unsaved'
  /** Grows when the text was set from outside the field, which then takes it over. */
  set: number
  /** The last message number when writing began, to know what came since. */
  since: number
  /** The mail of mine, returned or waiting, that this one is written instead of. */
  replaces: string
}

/** Quiet time after the last key before a draft goes to the server, ms. */
const settle = 1200

export const useDrafts = defineStore('drafts', () => {
  const byId = reactive(new Map<string, Writing>())
  const timers = new Map<string, ReturnType<typeof setTimeout>>()

  const fresh = (): Writing => ({ mode: 'reply', text: '', html: '', to: [], cc: [], bcc: [], mentions: [], uploads: [], version: 0, state: 'new', set: 0, since: 0, replaces: '' })

  function of(id: string): Writing {
    if (!byId.has(id)) byId.set(id, fresh())
    return byId.get(id)!
  }

  async function load(id: string): Promise<void> {
    const w = of(id)
    if (w.state !== 'new') return
    w.state = 'loading'
    try {
      const d = await api.draft(id)
      if (d.version > 0 && w.state === 'loading') {
        Object.assign(w, { mode: d.mode || 'reply', text: d.text, html: d.html, to: d.to ?? [], cc: d.cc ?? [], bcc: d.bcc ?? [], version: d.version, set: w.set + 1 })
        w.uploads = (d.attachments ?? []).map((f, i) => ({ id: -i - 1, name: f.name, size: f.size, share: 1, file: f, abort: new AbortController() }))
      }
      if (w.state === 'loading') w.state = 'clean'
    } catch { w.state = 'clean' } // writing works without an old draft
  }

  /** Something changed: keep it soon. */
  function touch(id: string): void {
    of(id).state = 'dirty'
    clearTimeout(timers.get(id))
    timers.set(id, setTimeout(() => void save(id), settle))
  }

  async function save(id: string): Promise<void> {
    const w = of(id)
    if (w.state !== 'dirty' && w.state !== 'unsaved') return
    clearTimeout(timers.get(id))
    w.state = 'saving'
    const attachments = w.uploads.flatMap(u => u.file ? [fileRef(u.file)] : [])
    try {
      if (!w.text.trim() && !attachments.length) { if (w.version) await api.dropDraft(id); w.version = 0 }
      else w.version = (await api.saveDraft(id, { text: w.text, html: w.html, to: w.to, cc: w.cc, bcc: w.bcc, attachments, mode: w.mode, version: w.version })).version
      if (w.state === 'saving') w.state = 'clean'
    } catch (e) {
      // Another page of ours saved later: what stands here is newer to the eye, so it wins.
      const now = e instanceof ApiError && e.code === 'conflict' ? (e.current as { version?: number } | undefined)?.version : undefined
      if (w.state === 'saving') w.state = 'unsaved'
      if (now !== undefined && now !== w.version) { w.version = now; touch(id) }
    }
  }

  /** Sent: nothing is being written any more. */
  function clear(id: string): void {
    clearTimeout(timers.get(id))
    const w = of(id), had = w.version
    Object.assign(w, { text: '', html: '', to: [], cc: [], bcc: [], mentions: [], uploads: [], version: 0, state: 'clean', set: w.set + 1, since: 0, replaces: '' })
    if (had) void api.dropDraft(id).catch(() => {}) // the server drops it on sending too
  }

  /** Words come back: undone, or refused by the server. */
  function restore(id: string, words: Partial<Writing>): void {
    const w = of(id)
    // What the server keeps has gone on since those words were taken: its version stays ours.
    Object.assign(w, words, { version: w.version, set: w.set + 1 })
    touch(id)
  }

  /** Saves again what could not be saved. */
  function again(): void {
    for (const [id, w] of byId) if (w.state === 'unsaved') void save(id)
  }

  function forget(): void { byId.clear() }

  return { byId, of, load, touch, save, clear, restore, again, clearAll: forget }
})

/** What the server takes of a file: its own address is not ours to send back. */
export function fileRef({ blob, name, content_type, size, inline, content_id }: Attachment): FileRef {
  return { blob, name, content_type, size, inline, content_id }
}

/** Words that were sent and did not go stand in the field again, before what was written since. */
export function giveBack(conversation: string, { kind, body, shown }: Parcel): void {
  const drafts = useDrafts(), w = drafts.of(conversation)
  const since = [w.text, w.html] as const
  const people = 'to' in body ? { to: body.to ?? [], cc: body.cc ?? [], bcc: body.bcc ?? [] } : {}
  const files = shown.attachments.map((file, i) => ({ id: -1000 - i, name: file.name, size: file.size, share: 1, file, abort: new AbortController() }))
  drafts.restore(conversation, {
    mode: kind, text: [body.text, since[0]].filter(Boolean).join('\n\n'), html: (body.html ?? '') + (body.html ? since[1] : ''),
    ...people, uploads: [...files, ...w.uploads], since: 'seen' in body ? body.seen ?? 0 : 0,
  })
}

/** The words of a mail of mine stand in the field again, to be written instead of it. */
export function writeAnew(m: Message): void {
  const { text, html, to, cc, bcc } = m
  const attachments = m.attachments.map(fileRef)
  giveBack(m.conversation, { kind: 'reply', conversation: m.conversation, body: { text, html, to, cc, bcc, attachments }, shown: m })
  useDrafts().of(m.conversation).replaces = m.id
}
