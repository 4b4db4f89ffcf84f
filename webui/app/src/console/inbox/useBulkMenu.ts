// What can be done with all picked rows at once, as menus: in the bar above them and on a right click.
import type { DropdownMenuItem } from '@nuxt/ui'
import { computed, type ComputedRef } from 'vue'
import { useI18n } from 'vue-i18n'
import { priorities } from '@/shared/lib/choices'
import { useDirectory } from '@/shared/stores/directory'
import { useSession } from '@/shared/stores/session'
import type { Deed } from './useBulk'

export interface BulkMenu { people: ComputedRef<DropdownMenuItem[]>, more: ComputedRef<DropdownMenuItem[]>, all: ComputedRef<DropdownMenuItem[][]> }

export function useBulkMenu(run: (deed: Deed) => void): BulkMenu {
  const { t } = useI18n()
  const directory = useDirectory(), session = useSession()

  const people = computed(() => [
    ...directory.all.agents.filter(a => !a.disabled && (a.id === session.me || session.may('supervisor'))).map(a => ({ label: a.name, onSelect: () => run({ assignee: a.id }) })),
    { label: t('transfer.release'), icon: 'i-lucide-undo-2', onSelect: () => run({ assignee: '' }) },
  ])
  const more = computed<DropdownMenuItem[]>(() => [
    { label: t('action.pending'), icon: 'i-lucide-pause', onSelect: () => run({ status: 'pending' }) },
    { label: t('action.reopen'), icon: 'i-lucide-rotate-ccw', onSelect: () => run({ status: 'open' }) },
    { label: t('action.priority'), icon: 'i-lucide-flag', children: priorities.map(p => ({ label: t(`priority.${p}`), onSelect: () => run({ priority: p }) })) },
    ...directory.all.queues.length ? [{ label: t('bulk.queue'), icon: 'i-lucide-layers', children: directory.all.queues.map(q => ({ label: q.name, onSelect: () => run({ queue: q.id }) })) }] : [],
    ...directory.all.tags.length ? [{ label: t('panel.addTag'), icon: 'i-lucide-tag', children: directory.all.tags.map(x => ({ label: x.name, onSelect: () => run({ tags_add: [x.name] }) })) }] : [],
  ])
  const all = computed<DropdownMenuItem[][]>(() => [
    [{ label: t('action.resolve'), icon: 'i-lucide-check', onSelect: () => run({ status: 'resolved' }) }, { label: t('action.assign'), icon: 'i-lucide-user-check', children: people.value }],
    more.value,
  ])
  return { people, more, all }
}
