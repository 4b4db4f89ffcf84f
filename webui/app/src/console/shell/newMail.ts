// The mail being begun. It outlives the dialog, so that a look elsewhere loses nothing, and is emptied on sending.
import { reactive } from 'vue'
import type { NewConversation } from '@/shared/api/types'
import { parseAddresses } from '@/shared/lib/addresses'

export interface MailForm { inbox: string, to: string, cc: string, subject: string, text: string }

const blank = (): MailForm => ({ inbox: '', to: '', cc: '', subject: '', text: '' })
export const begun = reactive(blank())
export function empty(form: MailForm): void { Object.assign(form, blank()) }

/** What is still wrong with it, as the key of its sentence; undefined when it can go. */
export function missing(f: MailForm): 'inbox' | 'to' | 'cc' | 'subject' | 'text' | undefined {
  const pieces = (text: string): number => text.split(/[,;，；\n]/).filter(x => x.trim()).length
  if (!f.inbox) return 'inbox'
  if (!pieces(f.to) || parseAddresses(f.to).length < pieces(f.to)) return 'to'
  if (parseAddresses(f.cc).length < pieces(f.cc)) return 'cc'
  if (!f.subject.trim()) return 'subject'
  return f.text.trim() ? undefined : 'text'
}

export function mailOf(f: MailForm, undo: number): NewConversation {
  const cc = parseAddresses(f.cc)
  return { inbox: f.inbox, to: parseAddresses(f.to), ...(cc.length ? { cc } : {}), subject: f.subject.trim(), text: f.text, html: '', undo_s: undo }
}
