// What one can do with one conversation, as a menu: on the row and in the head of the thread, the same words and keys.
import type { ContextMenuItem } from '@nuxt/ui'
import { useI18n } from 'vue-i18n'
import { useRouter } from 'vue-router'
import type { Conversation } from '@/shared/api/types'
import { priorities } from '@/shared/lib/choices'
import { capsOf } from '@/shared/lib/keys'
import { useNotice } from '@/shared/lib/notice'
import { serverNow } from '@/shared/lib/now'
import { useDirectory } from '@/shared/stores/directory'
import { useSession } from '@/shared/stores/session'
import { writeAside } from '../shell/newMail'
import { deedsOf, pressing } from './deeds'
import { snoozes } from './snoozes'
import type { Actions } from './useActions'

export type Ask = 'transfer' | 'assign' | 'merge' | 'snooze' | 'erase'

export interface RowMenu {
  later: () => ContextMenuItem[]
  status: (row: Conversation) => ContextMenuItem[]
  hands: (row: Conversation) => ContextMenuItem[]
  rest: (row: Conversation) => ContextMenuItem[]
}

export function useRowMenu(actions: Actions, ask: (what: Ask) => void): RowMenu {
  const { t, locale } = useI18n()
  const directory = useDirectory(), session = useSession()
  const notice = useNotice()
  const router = useRouter()

  const later = (): ContextMenuItem[] => [
    ...snoozes(new Date(serverNow()), locale.value).map(s => ({ label: `${t(`snooze.${s.key}`)} · ${s.said}`, onSelect: () => { void actions.status('snoozed', s.at) } })),
    { label: t('snooze.pick'), icon: 'i-lucide-calendar-clock', onSelect: () => ask('snooze') },
  ]
  function status(row: Conversation): ContextMenuItem[] {
    const can = deedsOf(row, session)
    if (!can.status) return []
    if (!can.wait) return [{ label: t('action.reopen'), icon: 'i-lucide-rotate-ccw', kbds: capsOf('resolve'), onSelect: () => { void actions.status('open') } }]
    return [
      { label: t('action.resolve'), icon: 'i-lucide-check', kbds: capsOf('resolve'), onSelect: () => { void actions.status('resolved') } },
      ...row.status === 'pending' ? [] : [{ label: t('action.pending'), icon: 'i-lucide-pause', kbds: capsOf('pending'), onSelect: () => { void actions.status('pending') } }],
      ...row.status === 'open' ? [] : [{ label: t('action.reopen'), icon: 'i-lucide-rotate-ccw', onSelect: () => { void actions.status('open') } }],
      { label: t('action.snooze'), icon: 'i-lucide-clock', children: later() },
    ]
  }
  function hands(row: Conversation): ContextMenuItem[] {
    if (row.merged_into) return []
    const can = deedsOf(row, session)
    return [
      ...!can.take ? [] : [{ label: t('action.take'), icon: 'i-lucide-hand-helping', onSelect: () => { void actions.take() } }],
      ...!can.hand ? [] : [
        { label: t('action.assign'), icon: 'i-lucide-user-check', kbds: capsOf('assign'), onSelect: () => ask('assign') },
        { label: t('action.transfer'), icon: 'i-lucide-arrow-right-left', kbds: capsOf('transfer'), onSelect: () => ask('transfer') },
      ],
      { label: t('action.priority'), icon: 'i-lucide-flag', children: priorities.map(p => ({ label: t(`priority.${p}`), kbds: capsOf(p), type: 'checkbox' as const, checked: row.priority === p, onSelect: () => { void actions.priority(p) } })) },
      ...tags(row),
      ...pressing(row, session.me).map(k => ({ label: t('action.inHand', { target: t(`target.${k}`) }), icon: 'i-lucide-hand', onSelect: () => { void actions.inHand(k) } })),
      ...row.clocks.some(k => k.target === 'callback' && k.state === 'running') ? [{ label: t('action.calledBack'), icon: 'i-lucide-phone-call', onSelect: () => { void actions.calledBack('') } }] : [],
    ]
  }
  function tags(row: Conversation): ContextMenuItem[] {
    const names = [...new Set([...directory.all.tags.map(x => x.name), ...row.tags])]
    if (!names.length) return []
    return [{ label: t('panel.tags'), icon: 'i-lucide-tag', children: names.map(n => ({
      label: n, type: 'checkbox' as const, checked: row.tags.includes(n),
      onSelect: () => { void actions.tags(row.tags.includes(n) ? row.tags.filter(x => x !== n) : [...row.tags, n]) },
    })) }]
  }
  function rest(row: Conversation): ContextMenuItem[] {
    return [
      ...!deedsOf(row, session).merge ? [] : [{ label: t('merge.action'), icon: 'i-lucide-git-merge', kbds: capsOf('merge'), onSelect: () => ask('merge') }],
      { label: t('title.why'), icon: 'i-lucide-route', to: `/conversations/${row.id}/why` },
      ...row.medium === 'email' ? [{ label: t('aside.action'), icon: 'i-lucide-split', onSelect: () => writeAside(session.me, row) }] : [],
      { label: t('print.action'), icon: 'i-lucide-printer', to: `/conversations/${row.id}/print` },
      { label: t('action.copyLink'), icon: 'i-lucide-link', onSelect: () => { void copy(row) } },
      ...session.may('administrator') ? [{ label: t('erase.action'), icon: 'i-lucide-trash-2', color: 'error' as const, onSelect: () => ask('erase') }] : [],
    ]
  }
  async function copy(row: Conversation): Promise<void> {
    const link = new URL(router.resolve(`/inbox/all/${row.id}`).href, location.origin).href
    try {
      await navigator.clipboard.writeText(link)
      notice.done(t('common.copied'))
    } catch { window.prompt(t('action.copyLink'), link) } // without a secure address there is no clipboard: the link can be taken by hand
  }
  return { later, status, hands, rest }
}
