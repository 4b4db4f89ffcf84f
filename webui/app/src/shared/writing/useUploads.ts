// Files on their way to the server: chosen, dropped or pasted, sent up at once with their progress, and taken off again.
// A file that did not arrive keeps its place with the reason, so that nothing goes without it unnoticed.
import { useI18n } from 'vue-i18n'
import { ApiError } from '../api/client'
import { upload } from '../api/endpoints'
import { useErrorText } from '../lib/errors'
import { size } from '../lib/text'
import type { Upload } from '../stores/drafts'
import { useSession } from '../stores/session'

/** Where the files of one writing stand, and who is to be told when they change. */
export interface UploadBox { holder: { uploads: Upload[] }, changed: () => void }
export interface Uploads { add: (files: Iterable<File>) => void, remove: (id: number) => void, again: (id: number) => void }

let next = 1

/** Whether a writing's files stand in the way of sending it: still going up, or refused. */
export function filesBlock(list: Upload[]): 'going' | 'refused' | undefined {
  if (list.some(u => !u.file && !u.problem)) return 'going'
  return list.some(u => u.problem) ? 'refused' : undefined
}

export function useUploads(box: () => UploadBox): Uploads {
  const session = useSession()
  const say = useErrorText()
  const { locale } = useI18n()

  function refusal(file: File, before: number): ApiError | undefined {
    const { max_file_bytes: limit, max_files: most } = session.features
    if (before >= most) return new ApiError({ code: 'invalid', reason: 'too_many_attachments', params: { max: String(most) } })
    if (file.size <= limit) return undefined
    return new ApiError({ code: 'too_large', reason: 'file_too_large_named', params: { name: file.name, size: size(file.size, locale.value), limit: size(limit, locale.value) } })
  }

  function add(files: Iterable<File>): void {
    const into = box()
    for (const file of files) {
      const key = next++
      const no = refusal(file, into.holder.uploads.length)
      into.holder.uploads.push({ id: key, name: file.name, size: file.size, share: 0, abort: new AbortController(), source: file, ...(no ? { problem: say(no) } : {}) })
      if (!no) void send(into, key)
    }
  }

  async function send(into: UploadBox, key: number): Promise<void> {
    const mine = into.holder.uploads.find(u => u.id === key)
    if (!mine?.source) return
    mine.share = 0
    delete mine.problem
    delete mine.again
    try {
      const file = await upload(mine.source, (share) => { mine.share = share }, mine.abort.signal)
      mine.file = { ...file, url: URL.createObjectURL(mine.source) }
      mine.share = 1
      delete mine.source
      into.changed()
    } catch (e) {
      if (e instanceof DOMException) return // taken off while it went up
      mine.problem = say(e)
      mine.again = e instanceof ApiError && (e.lost || e.code === 'internal' || e.reason === 'body_too_slow')
    }
  }

  function remove(id: number): void {
    const into = box(), gone = into.holder.uploads.find(u => u.id === id)
    into.holder.uploads = into.holder.uploads.filter(u => u.id !== id)
    gone?.abort.abort()
    if (gone?.file?.url.startsWith('blob:')) URL.revokeObjectURL(gone.file.url)
    into.changed()
  }
  function again(id: number): void { void send(box(), id) }
  return { add, remove, again }
}
