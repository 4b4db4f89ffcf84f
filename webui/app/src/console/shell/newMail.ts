// The mails being begun, one for each customer and one for nobody yet. They outlive the dialog and the page (kept on this
// device), so that a look elsewhere loses nothing, and are emptied on sending.
import { reactive, ref, watch } from 'vue'
import type { Address, Attachment, Message, NewConversation } from '@/shared/api/types'
import { newKey } from '@/shared/api/client'
import { remember } from '@/shared/lib/theme'
import { fileRef, type Upload } from '@/shared/stores/drafts'
import { dialog } from './dialog'

export type Field = 'to' | 'cc' | 'bcc'
export interface MailForm {
  inbox: string
  contact: string
  /** The conversation it is written aside of, to a third party; empty: it begins one of its own. */
  aside: string
  /** Whom it is for, to be said in the title, and every address of theirs. */
  name: string
  known: Address[]
  to: Address[]
  cc: Address[]
  bcc: Address[]
  /** What is typed in those fields and is no address yet. */
  rest: Record<Field, string>
  subject: string
  text: string
  html: string
  uploads: Upload[]
  /** Grows when the text was set from outside the field. */
  set: number
  /** The last try and its key: the same words sent twice go once. */
  tried: { key: string, words: string }
}

const blank = (): MailForm => ({ inbox: '', contact: '', aside: '', name: '', known: [], to: [], cc: [], bcc: [], rest: { to: '', cc: '', bcc: '' }, subject: '', text: '', html: '', uploads: [], set: 0, tried: { key: '', words: '' } })

const all = reactive(new Map<string, MailForm>())
const whom = ref('')
let owner = ''

/** The mail the dialog shows. */
export function begun(): MailForm {
  if (!all.has(whom.value)) all.set(whom.value, blank())
  return all.get(whom.value)!
}

/** Opens the dialog on a mail to a customer, or on what was begun to them. */
export function writeTo(me: string, contact: { id: string, name: string }, addresses: string[]): void {
  own(me)
  whom.value = contact.id
  const form = begun(), known = addresses.map(address => ({ name: contact.name, address }))
  Object.assign(form, { contact: contact.id, name: contact.name || addresses[0] || '', known })
  if (isEmpty(form) && !form.to.length) form.to = known.slice(0, 1)
  dialog.value = 'newMail'
}
/** Opens the dialog on a mail to nobody yet. */
export function beginMail(): void {
  whom.value = ''
  dialog.value = 'newMail'
}
/** Opens the dialog on this very mail again. */
export function reopen(form: MailForm): void {
  for (const [id, f] of all) if (f === form) whom.value = id
  dialog.value = 'newMail'
}

/** Opens the dialog on a mail to a third party about a conversation, with a message to forward where one is given. */
export function writeAside(me: string, row: { id: string, number: number, subject: string }, forward?: Message): void {
  own(me)
  whom.value = `aside:${row.id}${forward ? `:${forward.id}` : ''}`
  const form = begun()
  Object.assign(form, { aside: row.id, name: `#${row.number}` })
  if (isEmpty(form)) {
    form.subject = row.subject
    if (forward) {
      form.text = `\n\n${forward.from.name || forward.from.address}:\n${forward.text}`
      form.uploads = forward.attachments.filter(a => !a.inline).map((file, i) => ({ id: -i - 1, name: file.name, size: file.size, share: 1, file, abort: new AbortController() }))
      form.set++
    }
  }
  dialog.value = 'newMail'
}
/** Another person at this device starts with their own. */
export function own(me: string): void {
  if (owner === me) return
  all.clear()
  owner = me
  whom.value = ''
  for (const [id, form] of read(me)) all.set(id, form)
}

/** Nothing a person would miss. */
export function isEmpty(f: MailForm): boolean {
  return !f.subject.trim() && !f.text.trim() && !f.uploads.length && !f.rest.to.trim() && !f.cc.length && !f.bcc.length
}
export function empty(f: MailForm): void {
  const { inbox, contact, aside, name, known, set } = f
  Object.assign(f, blank(), { inbox, contact, aside, name, known, set: set + 1, to: contact ? known.slice(0, 1) : [] })
}

/** What is still wrong with it, as the key of its sentence; undefined when it can go. */
export function missing(f: MailForm): 'inbox' | Field | 'subject' | 'text' | 'going' | 'refused' | undefined {
  if (!f.inbox && !f.aside) return 'inbox'
  if (!f.to.length || f.rest.to.trim()) return 'to'
  if (f.rest.cc.trim()) return 'cc'
  if (f.rest.bcc.trim()) return 'bcc'
  if (!f.subject.trim()) return 'subject'
  if (f.uploads.some(u => u.problem)) return 'refused'
  if (f.uploads.some(u => !u.file)) return 'going'
  return f.text.trim() || f.uploads.length ? undefined : 'text'
}

export function mailOf(f: MailForm, undo: number): NewConversation {
  const files = f.uploads.flatMap(u => u.file ? [fileRef(u.file)] : [])
  return {
    inbox: f.inbox, ...(f.contact ? { contact: f.contact } : {}), to: f.to, ...(f.cc.length ? { cc: f.cc } : {}), ...(f.bcc.length ? { bcc: f.bcc } : {}),
    subject: f.subject.trim(), text: f.text, html: f.html, ...(files.length ? { attachments: files } : {}), undo_s: undo,
  }
}

/** The key this mail is sent under: the former one as long as not a word changed since it was tried. */
export function keyOf(f: MailForm, mail: NewConversation): string {
  const words = JSON.stringify(mail)
  if (f.tried.words !== words) f.tried = { key: newKey(), words }
  return f.tried.key
}

/** Uploads the server still has; it forgets what no message took within a day. */
const filesLast = 20 * 3_600_000
interface Kept { at: number, forms: [string, Omit<MailForm, 'uploads'> & { files: Attachment[] }][] }
const slot = (me: string): string => `yingda.mail.${me}`

function read(me: string): [string, MailForm][] {
  try {
    const kept = JSON.parse(localStorage.getItem(slot(me)) ?? 'null') as Kept | null
    return (kept?.forms ?? []).map(([id, { files, ...form }]) => [id, {
      ...blank(), ...form,
      uploads: kept!.at + filesLast < Date.now() ? [] : files.map((file, i) => ({ id: -i - 1, name: file.name, size: file.size, share: 1, file: { ...file, url: '' }, abort: new AbortController() })),
    }])
  } catch { return [] } // what an older page kept otherwise is no reason to fail
}

let timer: ReturnType<typeof setTimeout> | undefined
watch(all, () => { clearTimeout(timer); timer = setTimeout(keep, 500) }, { deep: true })
function keep(): void {
  if (!owner) return
  const forms = [...all].filter(([, f]) => !isEmpty(f)).map(([id, { uploads, ...form }]) => [id, { ...form, files: uploads.flatMap(u => u.file ? [u.file] : []) }])
  remember(slot(owner), JSON.stringify({ at: Date.now(), forms } as Kept))
}
