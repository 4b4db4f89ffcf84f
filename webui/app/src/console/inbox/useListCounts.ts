// The four small lists are kept complete up to a hundred, so that their counts are live without asking anybody to count.
import { computed, onMounted, type ComputedRef } from 'vue'
import { useConversations } from '@/shared/stores/conversations'
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

export function useListCounts(): { count: (list: ListName) => string, inQueue: ComputedRef<Map<string, number> | undefined> } {
  const conversations = useConversations()
  onMounted(() => { for (const list of counted) if (conversations.list(plain(list)).state === 'empty') void conversations.load(plain(list), false, 100) })

  function count(list: ListName): string {
    const l = conversations.lists.get(keyOf(plain(list)))
    return l?.state === 'ready' && counted.includes(list) ? `${l.ids.size}${l.next ? '+' : ''}` : ''
  }
  const inQueue = computed(() => {
    const l = conversations.lists.get(keyOf(plain('my_queues')))
    if (l?.state !== 'ready' || l.next) return undefined
    const n = new Map<string, number>()
    for (const id of l.ids) {
      const q = conversations.byId.get(id)?.queue ?? ''
      n.set(q, (n.get(q) ?? 0) + 1)
    }
    return n
  })
  return { count, inQueue }
}
