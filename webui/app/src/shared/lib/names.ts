// What to call a customer who gave no name.
import type { Contact } from '../api/types'
import { isAddress } from './addresses'

export function nameOf(c: Pick<Contact, 'name' | 'identities'>): string {
  return c.name || c.identities.find(i => i.kind === 'email' || i.kind === 'phone')?.value || ''
}

/** An address or number as it is kept: trimmed, and addresses without a name around them. */
export function identityOf(text: string): { kind: 'email' | 'phone', value: string } | undefined {
  const t = text.trim().replace(/^.*<([^<>]+)>$/, '$1')
  if (isAddress(t)) return { kind: 'email', value: t }
  if (/^\+?[\d\s()-]{5,20}$/.test(t) && t.replace(/\D/g, '').length >= 5) return { kind: 'phone', value: t }
  return undefined
}
