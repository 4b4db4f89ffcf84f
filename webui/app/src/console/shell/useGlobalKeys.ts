// Keys that work on every page.
import { useRouter } from 'vue-router'
import { useKey } from '@/shared/lib/keys'
import { undoLast } from '@/shared/lib/notice'
import { useSession } from '@/shared/stores/session'
import { dialog } from './dialog'
import { beginMail } from './newMail'

export function useGlobalKeys(): void {
  const router = useRouter()
  const session = useSession()
  const go = (path: string) => () => { void router.push(path) }
  useKey('commands', () => { dialog.value = 'commands' })
  useKey('newMail', () => { beginMail() })
  useKey('help', () => { dialog.value = 'help' })
  useKey('search', go('/search'))
  useKey('undo', () => undoLast() ? undefined : false)
  useKey('goInbox', go('/inbox/mine'))
  useKey('goContacts', go('/contacts'))
  useKey('goSettings', go('/settings'))
  useKey('goBoard', () => session.may('supervisor') ? void router.push('/board') : false)
}
