// The four small lists are kept complete up to a hundred, so that their counts are live without asking anybody to count.
// While one is longer the server counts, now and then.
import { computed, onMounted, watch, type ComputedRef } from 'vue'
import type { ListCounts } from '@/shared/api/types'
import { usePoll } from '@/shared/lib/poll'
import { useConversations } from '@/shared/stores/conversations'
import { useCounts } from '@/shared/stores/counts'
import { keyOf, type ListName, type ListQuery } from '@/shared/stores/lists'

export const listNames: [ListName, string][] = [
  ['mine', 'i-lucide-user'], ['my_queues', 'i-lucide-layers'], ['unassigned', 'i-lucide-circle-dashed'], ['mentioned', 'i-lucide-at-sign'], ['all', 'i-lucide-archive'],
]
/** Where mails of senders who flooded us stand resolved until a person looks. */
export const parked = { path: '/inbox/all', query: { status: 'resolved', tag: 'parked' } }
export const isParked = (q: { status?: unknown, tag?: unknown }): boolean => q.tag === parked.query.tag && q.status === parked.query.status
/** What keeps a list empty: parked mail and a filter on top of it are two things. */
export function whyEmpty(q: ListQuery, filters: readonly string[]): 'parked' | 'filter' | 'list' {
  const more = filters.filter(f => !isParked(q) || !(f in parked.query))
  return more.length ? 'filter' : isParked(q) ? 'parked' : 'list'
}
const counted: ListName[] = ['mine', 'my_queues', 'unassigned', 'mentioned']

/** A list as it stands before any filter. */
export const plain = (list: ListName): ListQuery => ({ list, sort: 'due', status: 'active' })
export const plainOf = (q: ListQuery): ListQuery => isParked(q) ? { list: q.list, sort: 'due', ...parked.query } : plain(q.list)

/** How often the server is asked to count while a list is longer than the page holds. */
const countEvery = 10_000

export function useListCounts(): { count: (list: ListName) => string, inQueue: ComputedRef<Map<string, number> | undefined>, whole: (q: ListQuery) => number | undefined } {
  const conversations = useConversations()
  const counts = useCounts()
  onMounted(() => { for (const list of counted) if (conversations.list(plain(list)).state === 'empty') void conversations.load(plain(list), false, 100) })
  const ready = (list: ListName) => {
    const l = counted.includes(list) ? conversations.lists.get(keyOf(plain(list))) : undefined
    return l?.state === 'ready' ? l : undefined
  }
  const long = computed(() => counted.some(list => ready(list)?.next))
  const again = usePoll(async () => { if (long.value) await counts.load() }, countEvery)
  watch(long, () => { void again() }, { immediate: true })

  function count(list: ListName): string {
    const l = ready(list)
    if (!l) return ''
    const n = l.next ? total(counts.said, list) : l.ids.size
    return n === undefined ? `${l.ids.size}+` : `${n}`
  }
  const inQueue = computed(() => {
    const l = ready('my_queues')
    if (l?.next) return counts.said && new Map(Object.entries(counts.said.queues))
    if (!l) return undefined
    const n = new Map<string, number>()
    for (const id of l.ids) {
      const q = conversations.byId.get(id)?.queue ?? ''
      n.set(q, (n.get(q) ?? 0) + 1)
    }
    return n
  })
  /** How many a list without filters holds, as the server counted; nothing for others. */
  function whole(q: ListQuery): number | undefined {
    const asked = keyOf({ ...q, sort: 'due' })
    if (asked === keyOf(plain(q.list))) return total(counts.said, q.list)
    return q.queue && asked === keyOf({ ...plain('my_queues'), queue: q.queue }) ? inQueue.value?.get(q.queue) : undefined
  }
  return { count, inQueue, whole }
}

/** What the server counted of a list; it counts all but the archive. */
const total = (said: ListCounts | undefined, list: ListName): number | undefined => list === 'all' ? undefined : said?.[list]
