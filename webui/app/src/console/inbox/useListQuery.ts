// The list that is shown, read from the address and nowhere else, so that a link says what one sees.
import { computed, type ComputedRef } from 'vue'
import { useRoute, useRouter, type LocationQueryRaw } from 'vue-router'
import type { ListName, ListQuery, Sort } from '@/shared/stores/lists'

const filterNames = ['status', 'queue', 'inbox', 'medium', 'tier', 'priority', 'tag', 'assignee', 'late'] as const
export type FilterName = typeof filterNames[number]

export interface ListAddress {
  query: ComputedRef<ListQuery>
  filters: ComputedRef<[FilterName, string][]>
  /** All that is chosen beside the list itself, as the address has it. */
  chosen: ComputedRef<Record<string, string>>
  setFilter: (name: FilterName, value: string | undefined) => void
  setSort: (sort: Sort) => void
  clear: () => void
}

export function useListQuery(): ListAddress {
  const route = useRoute()
  const router = useRouter()
  const word = (name: string): string => {
    const v = route.query[name]
    return typeof v === 'string' ? v : ''
  }
  const filters = computed(() => filterNames.map(n => [n, word(n)] as [FilterName, string]).filter(([, v]) => v))
  const query = computed<ListQuery>(() => ({
    list: route.params['list'] as ListName,
    sort: (word('sort') || 'due') as Sort,
    ...Object.fromEntries(filters.value),
    status: word('status') || 'active',
  }))
  const go = (q: LocationQueryRaw): void => { void router.replace({ path: route.path, query: q }) }
  return {
    query,
    filters,
    chosen: computed(() => ({ ...Object.fromEntries(filters.value), ...word('sort') && word('sort') !== 'due' ? { sort: word('sort') } : {} })),
    setFilter: (name, value) => {
      const rest = { ...route.query }
      delete rest[name]
      go(value ? { ...rest, [name]: value } : rest)
    },
    setSort: sort => go({ ...route.query, sort }),
    clear: () => go(route.query['sort'] ? { sort: route.query['sort'] } : {}),
  }
}
