// One settings document while it is edited: what is stored, what is on the screen, and the ways between them.
import { computed, ref, watch, type ComputedRef, type Ref } from 'vue'
import { ApiError, del, get, put } from '@/shared/api/client'
import type { Directory, Medium } from '@/shared/api/types'
import { useDirectory } from '@/shared/stores/directory'
import { useSettings } from '@/shared/stores/settings'
import { check, fieldOf, getAt, nameOf, shown, type Doc, type Problems, type Stored } from './fields'
import { newId, type Kind, type Path } from './kinds'

export interface Editing {
  doc: Ref<Doc>
  version: Ref<number>
  state: Ref<'loading' | 'ready' | 'failed'>
  error: Ref<unknown>
  changes: ComputedRef<number>
  problems: Ref<Problems>
  /** Somebody saved another version meanwhile. */
  theirs: Ref<Stored | undefined>
  /** Secrets typed and not yet sent; they are never read back. */
  secrets: Ref<Record<string, string>>
  busy: Ref<boolean>
  load: () => Promise<void>
  save: () => Promise<string | undefined>
  discard: () => void
  take: () => void
  over: () => void
  remove: () => Promise<void>
}

/** Reasons with words of their own at the field. */
const OWN_WORDS: Record<string, string> = { email_taken: 'taken', locale_unknown: 'language' }

const copy = <T>(x: T): T => JSON.parse(JSON.stringify(x)) as T

/** Fills what an older document lacks, so that every field of the form has something to hold on to. */
export function complete(kind: Kind, doc: Doc): Doc {
  const blank = kind.blank(doc['medium'] as Medium | undefined)
  const out: Doc = { ...blank, ...copy(doc) }
  if (kind.path !== 'inboxes') return out
  const base = blank['channel'] as Doc, own = (doc['channel'] ?? {}) as Doc
  const channel: Doc = { ...base, ...own }
  for (const side of ['imap', 'smtp']) if (base[side]) channel[side] = { ...base[side] as Doc, ...(own[side] ?? {}) as Doc }
  return { ...out, address: doc['address'] ?? '', channel }
}

/** The ids of a kind there are; undefined where the directory does not tell of all of them. */
export function taken(path: Path, d: Directory): string[] | undefined {
  const known: Partial<Record<Path, { id: string }[]>> = { agents: d.agents, queues: d.queues, teams: d.teams, inboxes: d.inboxes, tags: d.tags, skills: d.skills, reasons: d.reasons }
  return known[path]?.map(x => x.id)
}

export function useDoc(kind: Kind, id: () => string, medium: () => Medium): Editing {
  const settings = useSettings(), directory = useDirectory()
  const saved = ref('')
  const doc = ref<Doc>({})
  const version = ref(0)
  const state = ref<'loading' | 'ready' | 'failed'>('loading')
  const error = ref<unknown>()
  const problems = ref<Problems>({})
  const theirs = ref<Stored>()
  const secrets = ref<Record<string, string>>({})
  const busy = ref(false)
  const path = (at: string): string => `/settings/${kind.path}/${encodeURIComponent(at)}`

  function put_(stored: Stored): void {
    doc.value = complete(kind, stored.doc)
    version.value = stored.version
    saved.value = JSON.stringify(doc.value)
    problems.value = {}
    theirs.value = undefined
  }
  async function load(): Promise<void> {
    state.value = 'loading'
    secrets.value = {}
    try {
      if (id() === 'new') put_({ id: '', version: 0, doc: kind.blank(medium()) })
      else put_(await get<Stored>(path(id())))
      state.value = 'ready'
    } catch (e) {
      const usual = kind.path === 'reasons' && e instanceof ApiError && e.code === 'not_found' ? directory.all.reasons.find(r => r.id === id()) : undefined
      if (usual) { put_({ id: id(), version: 0, doc: { ...usual } }); state.value = 'ready'; return } // ours, until the house writes its own
      if (kind.single && e instanceof ApiError && e.code === 'not_found') { put_({ id: id(), version: 0, doc: kind.blank() }); state.value = 'ready'; return }
      error.value = e
      state.value = 'failed'
    }
  }

  const changes = computed(() => {
    if (state.value !== 'ready') return 0
    const was = JSON.parse(saved.value) as Doc
    const keys = new Set([...Object.keys(was), ...Object.keys(doc.value)])
    const parts = [...keys].filter(k => JSON.stringify(was[k]) !== JSON.stringify(doc.value[k])).length
    return parts + Object.values(secrets.value).filter(Boolean).length
  })

  async function save(): Promise<string | undefined> {
    problems.value = check(kind.form, doc.value)
    if (Object.keys(problems.value).length) return undefined
    busy.value = true
    try {
      const at = id() === 'new' ? newId(kind.kind, nameOf(doc.value, 'en') || String(doc.value['shortcut'] ?? ''), taken(kind.path, directory.all)) : id()
      const sent = copy(doc.value)
      if (!kind.single) sent['id'] = at
      const stored = await put<Stored>(path(at), { version: version.value, doc: sent })
      put_(stored)
      await sendSecrets(at)
      await directory.load().catch(() => {}) // the socket will tell again
      return at
    } catch (e) {
      refuse(e)
      return undefined
    } finally { busy.value = false }
  }
  async function sendSecrets(at: string): Promise<void> {
    for (const [name, value] of Object.entries(secrets.value)) if (value) await put(`${path(at)}/secret/${name}`, { value })
    secrets.value = {}
  }
  /** What the server refuses is said at its field where there is one; the rest is the caller's to say. */
  function refuse(e: unknown): void {
    if (e instanceof ApiError && e.reason === 'stale' && e.current) { theirs.value = e.current as Stored; return }
    const said = e instanceof ApiError ? e.reason === 'email_taken' ? 'email' : e.params['field'] : undefined
    const field = said === undefined ? undefined : fieldOf(kind.form, doc.value, said)
    if (!field || !(e instanceof ApiError)) throw e
    const detail = e.params['detail'] ?? e.params['allowed'] ?? e.params['rule']
    const own = OWN_WORDS[e.reason]
    problems.value = { [field]: own ? { key: own } : detail ? { key: 'server', params: { detail } } : { key: 'refused' } }
  }

  function discard(): void { doc.value = JSON.parse(saved.value) as Doc; problems.value = {}; secrets.value = {} }
  function take(): void { if (theirs.value) put_(theirs.value) }
  function over(): void {
    if (!theirs.value) return
    version.value = theirs.value.version
    theirs.value = undefined
  }
  async function remove(): Promise<void> { await del(`${path(id())}?version=${version.value}`) }

  // A problem is over when its field changes.
  watch(doc, () => {
    const now = check(kind.form, doc.value)
    for (const at of Object.keys(problems.value)) if (!now[at] && problems.value[at]?.key !== 'server' && getAt(doc.value, at) !== undefined) delete problems.value[at]
  }, { deep: true })
  watch(() => settings.changed.n, () => {
    const c = settings.changed
    if (c.kind === kind.kind && c.id === id() && changes.value === 0 && !busy.value) void load()
  })
  watch(id, () => { void load() }, { immediate: true })

  return { doc, version, state, error, changes, problems, theirs, secrets, busy, load, save, discard, take, over, remove }
}

export { shown }
