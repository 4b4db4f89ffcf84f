// One deed for many conversations. Each stands alone on the server; what did not change is said, with the reason.
import { useI18n } from 'vue-i18n'
import { ApiError, post } from '@/shared/api/client'
import type { components } from '@/shared/api/schema'
import type { Page } from '@/shared/api/types'
import { useNotice } from '@/shared/lib/notice'
import { useConversations } from '@/shared/stores/conversations'

type Bulk = components['schemas']['Bulk']
type BulkResult = components['schemas']['BulkResult']
export type Deed = Omit<Bulk, 'ids' | '$schema'>

export function useBulk(): (ids: string[], deed: Deed) => Promise<boolean> {
  const { t } = useI18n()
  const notice = useNotice()
  const conversations = useConversations()

  const ask = (ids: string[], deed: Deed) => post<Page<BulkResult>>('/conversations/bulk', { ...deed, ids })

  // Only what has one former value each can go back: status and priority.
  function back(ids: string[], deed: Deed): (() => void) | undefined {
    const field = deed.status ? 'status' : deed.priority ? 'priority' : undefined
    if (!field) return undefined
    const groups = new Map<string, string[]>()
    for (const id of ids) {
      const was = conversations.byId.get(id)?.[field]
      if (!was || was === 'snoozed') return undefined
      groups.set(was, [...groups.get(was) ?? [], id])
    }
    return () => { for (const [was, of] of groups) ask(of, { [field]: was } as Deed).catch(notice.failed) }
  }

  return async function run(ids, deed) {
    const undo = back(ids, deed)
    try {
      const { items } = await ask(ids, deed)
      const bad = items.filter(r => r.error)
      if (bad.length < items.length) notice.done(t('bulk.did', { n: items.length - bad.length }, items.length - bad.length), bad.length ? undefined : undo)
      const first = bad[0]?.error
      if (first) notice.failed(new ApiError({ code: first.code as ApiError['code'], reason: first.reason }))
      return bad.length === 0
    } catch (e) { notice.failed(e); return false }
  }
}
