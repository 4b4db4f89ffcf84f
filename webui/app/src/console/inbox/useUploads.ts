// Files of a draft: chosen, dropped or pasted, sent up at once with their progress, and taken off again.
import { useI18n } from 'vue-i18n'
import { upload } from '@/shared/api/endpoints'
import { ApiError } from '@/shared/api/client'
import { useNotice } from '@/shared/lib/notice'
import { size } from '@/shared/lib/text'
import { useDrafts } from '@/shared/stores/drafts'
import { useSession } from '@/shared/stores/session'

let next = 1

export function useUploads(conversation: () => string): { add: (files: Iterable<File>) => void, remove: (id: number) => void } {
  const drafts = useDrafts(), session = useSession()
  const notice = useNotice()
  const { locale } = useI18n()

  function add(files: Iterable<File>): void {
    for (const file of files) void one(conversation(), file)
  }

  async function one(id: string, file: File): Promise<void> {
    const limit = session.features.max_file_bytes
    if (file.size > limit) {
      notice.failed(new ApiError({ code: 'too_large', reason: 'file_too_large_named', params: { name: file.name, size: size(file.size, locale.value), limit: size(limit, locale.value) } }))
      return
    }
    const key = next++
    drafts.of(id).uploads.push({ id: key, name: file.name, size: file.size, share: 0, abort: new AbortController() })
    const mine = drafts.of(id).uploads.find(u => u.id === key)!
    try {
      const ref = await upload(file, share => { mine.share = share }, mine.abort.signal)
      mine.file = { ...ref, url: URL.createObjectURL(file) }
      mine.share = 1
      drafts.touch(id)
    } catch (e) {
      if (e instanceof DOMException) return // taken off while it went up
      drafts.of(id).uploads = drafts.of(id).uploads.filter(u => u.id !== key)
      notice.failed(e)
    }
  }

  function remove(key: number): void {
    const w = drafts.of(conversation())
    w.uploads.find(u => u.id === key)?.abort.abort()
    w.uploads = w.uploads.filter(u => u.id !== key)
    drafts.touch(conversation())
  }
  return { add, remove }
}
