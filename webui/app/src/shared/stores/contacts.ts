// Customers the page looks at, whole, by id; kept fresh by what the socket says of them.
import { defineStore } from 'pinia'
import { shallowReactive } from 'vue'
import { ApiError } from '../api/client'
import { api } from '../api/endpoints'
import type { Contact, Identity } from '../api/types'

export type ContactField = 'name' | 'company' | 'locale' | 'tier' | 'owner' | 'note'

export const useContacts = defineStore('contacts', () => {
  const byId = shallowReactive(new Map<string, Contact>())

  function put(c: Contact): void {
    const have = byId.get(c.id)
    if (!have || have.version <= c.version) byId.set(c.id, c)
  }
  /** A customer somebody changed, if this page knows them. */
  function heard(c: Contact): void { if (byId.has(c.id)) put(c) }

  async function load(id: string): Promise<Contact> {
    const c = await api.contact(id)
    put(c)
    return byId.get(id)!
  }

  /** Changes one field. When somebody changed another field meanwhile, theirs stays and ours is written beside it. */
  async function change(id: string, field: ContactField, value: string): Promise<void> {
    const before = byId.get(id) ?? await load(id)
    const ask = (c: Contact): Promise<Contact> => api.changeContact(id, { version: c.version, [field]: value })
    put({ ...before, [field]: value })
    try {
      byId.set(id, await ask(before).catch((e: unknown) => {
        const now = e instanceof ApiError && e.reason === 'stale' ? e.current as Contact | undefined : undefined
        if (!now || now[field] !== before[field]) throw e
        return ask(now)
      }))
    } catch (e) {
      byId.set(id, e instanceof ApiError && e.reason === 'stale' && e.current ? e.current as Contact : before)
      throw e
    }
  }
  async function know(id: string, i: Identity): Promise<void> { put(await api.addIdentity(id, i)) }

  function clear(): void { byId.clear() }
  return { byId, put, heard, load, change, know, clear }
})
