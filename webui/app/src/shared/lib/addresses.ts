// Mail addresses as people type them: commas or semicolons between, a name before angle brackets.
import type { Address } from '../api/types'

/** Whether a text is one address and nothing else; the server knows the rest of the rules. */
export const isAddress = (text: string): boolean => text.length <= 254 && /^[^\s@<>,;:"()\\]+@[^\s@<>,;:"()\\]+$/.test(text)

export function parseAddresses(text: string): Address[] {
  return (text.match(/(?:"[^"]*"|[^,;，；\n"])+/g) ?? []).flatMap((piece) => {
    const m = /^\s*(?:"?([^"<]*?)"?\s*<([^<>\s]+@[^<>\s]+)>|([^\s<>]+@[^\s<>]+))\s*$/.exec(piece)
    return m ? [{ name: (m[1] ?? '').trim(), address: m[2] ?? m[3] ?? '' }] : []
  })
}

export function sayAddresses(list: Address[]): string {
  return list.map(a => a.name ? `${a.name} <${a.address}>` : a.address).join(', ')
}
