// Choices of fields, with the names people know them by.
import { ref, watch } from 'vue'
import { useI18n } from 'vue-i18n'
import { get } from '@/shared/api/client'
import type { Page } from '@/shared/api/types'
import { media, priorities, tiers } from '@/shared/lib/choices'
import { useTierName } from '@/shared/lib/tiers'
import { useDirectory } from '@/shared/stores/directory'
import { useSettings } from '@/shared/stores/settings'
import type { Source, Stored } from './fields'

export interface Option { value: string, label: string }
const calendars = ref<Option[]>([])

export function useOptions(): (of: Source) => Option[] {
  const { t, te } = useI18n()
  const directory = useDirectory(), tierName = useTierName()
  const settings = useSettings()
  async function load(): Promise<void> {
    const page = await get<Page<Stored<{ name: string }>>>('/settings/calendars').catch(() => undefined) // the choice is then empty; saving says why
    if (page) calendars.value = page.items.map(c => ({ value: c.id, label: c.doc.name || c.id }))
  }
  void load()
  watch(() => settings.changed.n, () => { if (settings.changed.kind === 'calendar') void load() })

  const named = (list: { id: string, name: string }[]): Option[] => list.map(x => ({ value: x.id, label: x.name || x.id }))
  const said = (ids: readonly string[], key: string): Option[] => ids.map(id => ({ value: id, label: te(`${key}.${id || 'none'}`) ? t(`${key}.${id || 'none'}`) : id }))

  return (of) => {
    switch (of) {
      case 'agents': return named(directory.all.agents)
      case 'queues': return named(directory.all.queues)
      case 'teams': return named(directory.all.teams)
      case 'inboxes': return named(directory.all.inboxes)
      case 'mailInboxes': return named(directory.all.inboxes.filter(i => i.medium === 'email'))
      case 'voiceInboxes': return named(directory.all.inboxes.filter(i => i.medium === 'voice'))
      case 'skills': return named(directory.all.skills)
      case 'calendars': return calendars.value
      case 'media': return said(media, 'medium')
      case 'tiers': return tiers.map(id => ({ value: id, label: tierName(id) }))
      case 'priorities': return said(priorities, 'priority')
      case 'roles': return said(['agent', 'supervisor', 'administrator'], 'role')
      case 'locales': return said(['zh-CN', 'en'], 'settings.locale')
      case 'rules': return said(['', 'longest_idle', 'least_loaded', 'most_skilled'], 'settings.rule')
      case 'providers': return said(['generic', 'twilio'], 'settings.provider')
      case 'measures': return said(['waiting', 'longest_wait', 'service_level', 'channel_down'], 'settings.measure')
      case 'tls': return said(['tls', 'starttls', 'none'], 'settings.tls')
      case 'auth': return said(['password', 'xoauth2'], 'settings.auth')
      case 'smtpAuth': return said(['password', 'xoauth2', 'none'], 'settings.auth')
      case 'after': return said(['keep', 'seen', 'keyword', 'move'], 'settings.after')
      case 'receive': return said(['push'], 'settings.receive')
      case 'lists': return said(['cn'], 'settings.holidays')
      case 'quotes': return said(['none'], 'settings.quote')
      case 'afterReview': return said(['send', 'return'], 'settings.afterReview')
      case 'zones': return zones
    }
  }
}

// Every zone the browser knows; the server checks it against its own.
const zones: Option[] = ((): Option[] => {
  const all = typeof Intl.supportedValuesOf === 'function' ? Intl.supportedValuesOf('timeZone') : []
  return [...new Set(['Asia/Shanghai', 'UTC', ...all])].map(z => ({ value: z, label: z }))
})()
