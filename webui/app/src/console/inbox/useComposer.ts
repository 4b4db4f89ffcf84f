// Sending, with everything that can come between: newer messages, a colleague who writes, a lost line, second thoughts.
import { computed, ref, watch, type ComputedRef, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { ApiError, newKey } from '@/shared/api/client'
import { api } from '@/shared/api/endpoints'
import type { Conversation, Message } from '@/shared/api/types'
import { useNotice } from '@/shared/lib/notice'
import { serverNow } from '@/shared/lib/now'
import { fileRef, useDrafts, type Writing } from '@/shared/stores/drafts'
import { useMessages } from '@/shared/stores/messages'
import { useOutbox, type Parcel } from '@/shared/stores/outbox'
import { useSession } from '@/shared/stores/session'
import { filesBlock } from '@/shared/writing/useUploads'

export type Then = '' | 'pending' | 'resolved'
export interface Composer {
  writing: ComputedRef<Writing>
  /** How many messages came since writing began. The first press shows them, the second sends. */
  stale: ComputedRef<number>
  /** A colleague who is writing here now. */
  other: ComputedRef<string>
  empty: ComputedRef<boolean>
  busy: Ref<boolean>
  send: (then?: Then, how?: How) => Promise<void>
  /** Why the server wants to be told once more, with the way to tell it. */
  doubt: Ref<{ error: ApiError, insist: () => Promise<void> } | undefined>
}
/** Further words on sending: not before a moment; to addresses that mail came back from, too. */
export interface How { at?: Date, confirmed?: boolean }

export function useComposer(conversation: () => Conversation, onRead: () => void): Composer {
  const drafts = useDrafts(), messages = useMessages(), outbox = useOutbox(), session = useSession()
  const notice = useNotice()
  const { t } = useI18n()
  const busy = ref(false)
  const doubt = ref<{ error: ApiError, insist: () => Promise<void> }>()
  const warned = ref(false) // told once that a colleague writes too
  const id = computed(() => conversation().id)
  const writing = computed(() => drafts.of(id.value))
  const last = computed(() => Math.max(0, ...(messages.threads.get(id.value)?.items ?? []).map(m => m.number)))
  const empty = computed(() => !writing.value.text.trim() && !writing.value.uploads.some(u => u.file))
  watch(id, (now) => { warned.value = false; void drafts.load(now) }, { immediate: true })
  watch(empty, (is) => { if (!is && !writing.value.since) writing.value.since = last.value; if (is) writing.value.since = 0 })

  const stale = computed(() => {
    const w = writing.value
    if (w.mode === 'note' || !w.since) return 0
    return (messages.threads.get(id.value)?.items ?? []).filter(m => m.number > w.since && m.direction !== 'note' && !m.side && m.author.id !== session.me).length
  })
  const other = computed(() => [...messages.threads.get(id.value)?.typing.values() ?? []].find(x => x.who.kind === 'agent' && x.who.id !== session.me)?.who.name ?? '')

  async function send(then: Then = '', how: How = {}): Promise<void> {
    doubt.value = undefined
    const w = writing.value, c = conversation()
    if (empty.value || busy.value || filesBlock(w.uploads)) return
    if (stale.value) { w.since = last.value; onRead(); return }
    if (other.value && w.mode === 'reply' && !warned.value) { warned.value = true; return }
    warned.value = false
    const before = { ...w, uploads: [...w.uploads] }
    const parcel = pack(c, w, { then, seen: last.value, ...how }, session.agent?.name ?? '', session.me)
    messages.put(parcel.shown)
    drafts.clear(c.id)
    busy.value = true
    try {
      const sent = await outbox.send(parcel)
      if (sent) { messages.put(sent); said(c, sent, before, then) }
    } catch (e) {
      messages.drop(c.id, parcel.shown.client_key)
      drafts.restore(c.id, { ...before, since: before.since })
      if (e instanceof ApiError && e.reason === 'stale_send') { writing.value.since = before.since; await messages.open(c.id); return }
      if (e instanceof ApiError && e.reason === 'recipient_suppressed') { doubt.value = { error: e, insist: () => send(then, { ...how, confirmed: true }) }; return }
      notice.failed(e)
    } finally { busy.value = false }
  }

  function said(c: Conversation, sent: Message, before: Writing, then: Then): void {
    if (sent.direction === 'note' || sent.medium === 'chat') return
    notice.done(sent.delivery === 'in_review' ? t('composer.toReview') : sent.scheduled ? t('composer.scheduled') : t(then ? `composer.sentThen.${then}` : 'composer.sent'), () => {
      api.withdraw(c.id, sent.id).then((r) => {
        messages.put({ ...r.message, delivery: 'withdrawn' }) // it is, whatever a slower read of it says
        drafts.restore(c.id, before)
      }).catch(notice.failed)
    })
  }

  return { writing, stale, other, empty, busy, send, doubt }
}

// What goes to the server, and what stands in the thread until it answers.
function pack(c: Conversation, w: Writing, how: How & { then: Then, seen: number }, name: string, me: string): Parcel {
  const key = newKey(), note = w.mode === 'note'
  const files = w.uploads.flatMap(u => u.file ? [u.file] : [])
  const attachments = files.map(fileRef)
  const html = c.medium === 'chat' && !note ? '' : w.html
  const shown: Message = {
    id: `local:${key}`, conversation: c.id, number: 0, direction: note ? 'note' : 'out', medium: c.medium, author: { kind: 'agent', id: me, name },
    text: w.text, html, quoted_text: '', quoted_html: '', signature: '', subject: '', from: { name, address: '' }, to: w.to, cc: w.cc, bcc: w.bcc,
    auto: '', unverified: false, attachments: files, mentions: w.mentions, client_key: key, delivery: '', failure: '', not_before: how.at?.toISOString() ?? null,
    at: new Date(serverNow()).toISOString(), header_date: null, has_raw: false, side: '', scheduled: how.at !== undefined, replaces: w.replaces, sender_state: '', elsewhere: false, sender_detail: '',
  }
  if (note) return { kind: 'note', conversation: c.id, shown, body: { client_key: key, text: w.text, html, mentions: w.mentions, attachments } }
  const later = { ...how.at ? { send_at: how.at.toISOString() } : {}, ...how.confirmed ? { confirmed: true } : {}, ...w.replaces ? { replaces: w.replaces } : {} }
  const people = w.to.length ? { to: w.to, cc: w.cc, bcc: w.bcc } : {}
  return { kind: 'reply', conversation: c.id, shown, body: { client_key: key, text: w.text, html, ...people, attachments, seen: how.seen, then: how.then, ...(c.medium === 'email' ? { undo_s: 5, ...later } : {}) } }
}
