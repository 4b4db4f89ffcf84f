// Changing a customer from the panel: one field at a time, said, and taken back with one press.
import { useI18n } from 'vue-i18n'
import type { Identity } from '@/shared/api/types'
import { useNotice } from '@/shared/lib/notice'
import { useContacts, type ContactField } from '@/shared/stores/contacts'

export interface ContactEdit { set: (field: ContactField, value: string) => Promise<void>, add: (i: Identity) => Promise<void> }

export function useContactEdit(id: () => string): ContactEdit {
  const contacts = useContacts()
  const notice = useNotice()
  const { t } = useI18n()

  async function set(field: ContactField, value: string): Promise<void> {
    const whom = id(), was = contacts.byId.get(whom)?.[field] ?? ''
    if (was === value) return
    try {
      await contacts.change(whom, field, value)
      notice.done(t('common.saved'), () => { contacts.change(whom, field, was).catch(notice.failed) })
    } catch (e) { notice.failed(e) }
  }
  async function add(i: Identity): Promise<void> {
    await contacts.know(id(), i)
    notice.done(t('common.saved'))
  }
  return { set, add }
}
