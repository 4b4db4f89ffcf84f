// Choices of fields, with the names people know them by.
import { useI18n } from 'vue-i18n'
import { media, priorities, tiers } from '@/shared/lib/choices'
import { zones as allZones } from '@/shared/lib/day'
import { languageName } from '@/shared/lib/text'
import { useTierName } from '@/shared/lib/tiers'
import { useDirectory } from '@/shared/stores/directory'
import type { Source } from './fields'

export interface Option { value: string, label: string }
export function useOptions(): (of: Source) => Option[] {
  const { t, te, locale } = useI18n()
  const directory = useDirectory(), tierName = useTierName()

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
      case 'calendars': return named(directory.all.calendars)
      case 'media': return said(media, 'medium')
      case 'tiers': return tiers.map(id => ({ value: id, label: tierName(id) }))
      case 'priorities': return said(priorities, 'priority')
      case 'roles': return said(['agent', 'supervisor', 'administrator'], 'role')
      case 'locales': return said(['zh-CN', 'en'], 'settings.locale')
      case 'rules': return said(['', ...orders], 'settings.rule')
      case 'orders': return said(orders, 'settings.rule')
      case 'deeds': return said(['message', 'callback', 'voicemail', 'alert'], 'settings.routing.deed')
      case 'limitDeeds': return said(['overflow', 'callback', 'message', 'refuse'], 'settings.routing.deed')
      case 'languages': return [...new Set(['zh', 'en', ...directory.all.agents.flatMap(a => a.languages)])].map(l => ({ value: l, label: languageName(l, locale.value) }))
      case 'spoken': return [...new Set(['zh', 'en', ...directory.all.agents.flatMap(a => a.languages).map(l => l.split('-')[0]!)])].map(l => ({ value: l, label: languageName(l, locale.value) }))
      case 'providers': return said(['generic', 'twilio'], 'settings.provider')
      case 'tls': return said(['tls', 'starttls', 'none'], 'settings.tls')
      case 'auth': return said(['password', 'xoauth2'], 'settings.auth')
      case 'smtpAuth': return said(['password', 'xoauth2', 'none'], 'settings.auth')
      case 'after': return said(['keep', 'seen', 'keyword', 'move'], 'settings.after')
      case 'receive': return said(['push'], 'settings.receive')
      case 'lists': return said(['cn'], 'settings.holidays')
      case 'quotes': return said(['none'], 'settings.quote')
      case 'afterReview': return said(['send', 'return'], 'settings.afterReview')
      case 'measures': return said(['waiting', 'longest_wait', 'service_level', 'channel_down'], 'settings.measure')
      case 'tags': return directory.all.tags.map(x => ({ value: x.name, label: x.name })) // conversations carry the word itself
      case 'zones': return zones
    }
  }
}

const orders = ['longest_idle', 'least_loaded', 'most_skilled', 'fair_share']

// Every zone the browser knows; the server checks it against its own.
const zones: Option[] = allZones.map(z => ({ value: z, label: z }))
