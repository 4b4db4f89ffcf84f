// Lists a person saved with their conditions. They travel with the person: the server keeps them.
import { defineStore } from 'pinia'
import { computed } from 'vue'
import { newKey } from '../api/client'
import { useSession } from './session'
import { useSettings } from './settings'

export interface View { id: string, name: string, list: string, query: Record<string, string> }

/** As many as one may keep; the first nine have a key. */
export const mostViews = 30
const lists = ['mine', 'my_queues', 'unassigned', 'mentioned', 'all']

/** What an older page, or a hand, may have stored otherwise is left out. */
export function readViews(stored: unknown): View[] {
  if (!Array.isArray(stored)) return []
  return (stored as Partial<View>[]).flatMap((v) => {
    if (typeof v?.id !== 'string' || typeof v.name !== 'string' || !lists.includes(String(v.list))) return []
    const query = Object.fromEntries(Object.entries(v.query ?? {}).filter(([, x]) => typeof x === 'string'))
    return [{ id: v.id, name: v.name, list: v.list!, query }]
  }).slice(0, mostViews)
}

const same = (a: Record<string, string>, b: Record<string, string>): boolean =>
  JSON.stringify(Object.entries(a).sort()) === JSON.stringify(Object.entries(b).sort())

export const useViews = defineStore('views', () => {
  const session = useSession(), settings = useSettings()
  const all = computed(() => readViews(session.preferences['views']))
  const put = (next: View[]): Promise<void> => settings.prefer({ views: next })

  /** The saved view an address shows, if it shows one. */
  const shown = (list: string, query: Record<string, string>): View | undefined => all.value.find(v => v.list === list && same(v.query, query))

  async function add(name: string, list: string, query: Record<string, string>): Promise<void> {
    await put([...all.value, { id: newKey(), name, list, query }])
  }
  async function rename(id: string, name: string): Promise<void> {
    await put(all.value.map(v => v.id === id ? { ...v, name } : v))
  }
  /** Takes it off; the answer puts it back where it was. */
  async function remove(id: string): Promise<() => Promise<void>> {
    const before = all.value
    await put(before.filter(v => v.id !== id))
    return () => put(before)
  }
  /** One place up or down. */
  async function move(id: string, by: 1 | -1): Promise<void> {
    const next = [...all.value], i = next.findIndex(v => v.id === id), j = i + by
    if (i < 0 || j < 0 || j >= next.length) return
    ;[next[i], next[j]] = [next[j]!, next[i]!]
    await put(next)
  }
  return { all, shown, add, rename, remove, move }
})
