// The filters of a list, as a menu of menus, and how each says itself on its chip.
import { computed, type ComputedRef } from 'vue'
import { useI18n } from 'vue-i18n'
import { media, priorities, tiers } from '@/shared/lib/choices'
import { useTierName } from '@/shared/lib/tiers'
import { useDirectory } from '@/shared/stores/directory'
import type { FilterName, ListAddress } from './useListQuery'

export interface MenuItem { label: string, icon?: string, type?: 'checkbox', checked?: boolean, onSelect?: () => void, children?: MenuItem[] }
export interface FilterMenu { items: ComputedRef<MenuItem[]>, say: (name: FilterName, value: string) => string }

export function useFilterMenu(address: ListAddress): FilterMenu {
  const { t } = useI18n()
  const directory = useDirectory(), tierName = useTierName()
  const now = (name: FilterName): string => address.filters.value.find(([n]) => n === name)?.[1] ?? ''

  function word(name: FilterName, value: string): string {
    switch (name) {
      case 'inbox': return directory.inboxName(value)
      case 'queue': return directory.queueName(value)
      case 'assignee': return directory.agentName(value)
      case 'tag': return value
      case 'tier': return tierName(value)
      case 'late': return t('inbox.lateOnly')
      default: return t(`${name}.${value}`)
    }
  }
  const say = (name: FilterName, value: string): string => name === 'late' ? word(name, value) : `${t(`inbox.by.${name}`)}: ${word(name, value)}`
  const choice = (name: FilterName, values: string[]): MenuItem => ({
    label: t(`inbox.by.${name}`),
    children: values.map(v => ({ label: word(name, v), type: 'checkbox', checked: now(name) === v, onSelect: () => address.setFilter(name, now(name) === v ? undefined : v) })),
  })
  const items = computed(() => [
    choice('medium', [...media]),
    choice('status', ['open', 'pending', 'snoozed', 'resolved']),
    choice('priority', [...priorities]),
    choice('tier', [...tiers]),
    choice('inbox', directory.all.inboxes.map(i => i.id)),
    choice('tag', directory.all.tags.map(x => x.name)),
    choice('assignee', directory.all.agents.map(a => a.id)),
    { label: t('inbox.lateOnly'), type: 'checkbox' as const, checked: now('late') === '1', onSelect: () => address.setFilter('late', now('late') ? undefined : '1') },
  ])
  return { items, say }
}
