// What this browser keeps: the visitor's token and what was not acknowledged yet. Storage may be refused or partitioned
// (UP-W4); then memory and the page's own copy serve.
import type { Outgoing } from './frames'

export class Kept {
  private memory = new Map<string, string>()
  constructor(private key: string) {}

  private name(what: string) { return `yingda.${this.key}.${what}` }

  get(what: string): string {
    try { return localStorage.getItem(this.name(what)) ?? this.memory.get(what) ?? '' } catch { return this.memory.get(what) ?? '' }
  }

  set(what: string, value: string) {
    this.memory.set(what, value)
    try {
      if (value) localStorage.setItem(this.name(what), value)
      else localStorage.removeItem(this.name(what))
    } catch { /* refused: memory has it */ }
  }

  /** waiting are messages any tab wrote and nobody acknowledged. Sent twice they are one: the id is theirs. */
  waiting(): Outgoing[] {
    const out: Outgoing[] = []
    try {
      for (let i = 0; i < localStorage.length; i++) {
        const name = localStorage.key(i)
        if (name?.startsWith(this.name('out.'))) out.push(JSON.parse(localStorage.getItem(name) ?? 'null') as Outgoing)
      }
    } catch { /* refused or torn: nothing to take over */ }
    return out.filter(o => o?.id && typeof o.text === 'string' && Date.now() - Date.parse(o.at) < 24 * 3600e3).sort((a, b) => a.at < b.at ? -1 : 1)
  }

  hold(o: Outgoing) { this.set(`out.${o.id}`, JSON.stringify(o)) }
  drop(id: string) { this.set(`out.${id}`, '') }
}

export function newID(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12))
  return [...bytes].map(b => b.toString(16).padStart(2, '0')).join('')
}
