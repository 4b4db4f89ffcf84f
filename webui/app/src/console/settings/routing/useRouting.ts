// A queue's policy while it is edited: what is in force, the draft, what the server says of it, and the ways between.
import { computed, onScopeDispose, ref, watch, type ComputedRef, type Ref } from 'vue'
import { ApiError, del, get, post, put } from '@/shared/api/client'
import { useSettings } from '@/shared/stores/settings'
import { blankPolicy, copy, lean, textOf, type Finding, type Policy } from './policy'

interface Kept { version: number, doc: Policy }
type Judged = Kept & { findings: Finding[] }

export interface Routing {
  policy: Ref<Policy>
  /** What is in force; undefined: the queue's own settings. */
  live: Ref<Kept | undefined>
  findings: Ref<Finding[]>
  state: Ref<'loading' | 'ready' | 'failed'>
  error: Ref<unknown>
  /** Something is typed and not saved. */
  unsaved: ComputedRef<boolean>
  /** The draft is not what is in force. */
  differs: ComputedRef<boolean>
  /** The server refuses what is written now. */
  refused: ComputedRef<boolean>
  /** Grows when what is edited was replaced by what the server has. */
  shown: Ref<number>
  /** Somebody else published or saved meanwhile. */
  stale: Ref<boolean>
  busy: Ref<boolean>
  load: () => Promise<void>
  save: () => Promise<void>
  publish: () => Promise<void>
  discard: () => Promise<void>
  restore: (version: number) => Promise<void>
}

const none = async <T>(ask: Promise<T>): Promise<T | undefined> => ask.catch((e: unknown) => { if (e instanceof ApiError && e.code === 'not_found') return undefined; throw e })
const checkAfter = 500 // ms of quiet before the server is asked again

export function useRouting(id: () => string): Routing {
  const settings = useSettings()
  const policy = ref<Policy>(blankPolicy(id()))
  const live = ref<Kept>(), draft = ref<Kept>()
  const findings = ref<Finding[]>([])
  const state = ref<'loading' | 'ready' | 'failed'>('loading')
  const error = ref<unknown>()
  const busy = ref(false), stale = ref(false)
  const at = (rest = ''): string => `/settings/routing/${encodeURIComponent(id())}${rest}`
  const base = computed(() => draft.value?.doc ?? live.value?.doc ?? blankPolicy(id()))
  const text = computed(() => textOf(policy.value))
  const unsaved = computed(() => state.value === 'ready' && text.value !== textOf(base.value))
  const differs = computed(() => state.value === 'ready' && text.value !== textOf(live.value?.doc ?? blankPolicy(id())))
  /** What the findings speak of: those of another text say nothing about this one. */
  const judged = ref('')
  const refused = computed(() => judged.value === text.value && findings.value.some(f => f.error))
  const shown = ref(0)

  const fetched = (): Promise<[Kept | undefined, Judged | undefined]> => Promise.all([none(get<Kept>(at())), none(get<Judged>(at('/draft')))])
  async function load(): Promise<void> {
    const mine = id()
    state.value = 'loading'
    try {
      const [inForce, written] = await fetched()
      if (mine === id()) await show(inForce, written)
    } catch (e) { error.value = e; state.value = 'failed' }
  }
  async function show(inForce: Kept | undefined, written: Judged | undefined): Promise<void> {
    live.value = inForce
    draft.value = written
    stale.value = false
    policy.value = copy(base.value)
    found(written?.findings ?? [], text.value)
    shown.value++
    state.value = 'ready'
    if (!written && inForce) await judge()
  }
  function found(all: Finding[], of: string): void {
    findings.value = all
    judged.value = of
  }
  /** Somebody saved: the echo of one's own deed changes nothing, and what is being typed stays. */
  async function heard(): Promise<void> {
    const mine = id(), [inForce, written] = await fetched()
    if (mine !== id() || busy.value || inForce?.version === live.value?.version && written?.version === draft.value?.version) return
    if (unsaved.value) stale.value = true
    else await show(inForce, written)
  }

  let asked = 0
  async function judge(): Promise<void> {
    const mine = ++asked, of = text.value
    const said = await post<{ findings: Finding[] }>(at('/check'), { doc: lean(policy.value) }).catch(() => undefined) // saving says what is wrong
    if (mine === asked && said) found(said.findings, of)
  }
  let quiet: ReturnType<typeof setTimeout> | undefined
  watch(text, () => {
    clearTimeout(quiet)
    if (state.value === 'ready' && judged.value !== text.value) quiet = setTimeout(() => { void judge() }, checkAfter)
  })
  onScopeDispose(() => clearTimeout(quiet))

  async function run(what: () => Promise<void>): Promise<void> {
    if (busy.value) return
    busy.value = true
    clearTimeout(quiet)
    asked++
    try { await what() } catch (e) {
      if (e instanceof ApiError && e.reason === 'stale') stale.value = true
      throw e
    } finally { busy.value = false }
  }
  async function keep(): Promise<void> {
    const saved = await put<Judged>(at('/draft'), { version: draft.value?.version ?? 0, doc: lean(policy.value) })
    draft.value = saved
    found(saved.findings, textOf(saved.doc))
  }
  const save = (): Promise<void> => run(keep)
  const publish = (): Promise<void> => run(async () => {
    if (unsaved.value || !draft.value) await keep()
    await post(at('/publish'), { draft: draft.value!.version, version: live.value?.version ?? 0 })
    await load()
  })
  const discard = (): Promise<void> => run(async () => {
    if (draft.value) await del(`${at('/draft')}?version=${draft.value.version}`)
    await load()
  })
  const restore = (version: number): Promise<void> => run(async () => {
    await post(at(`/versions/${version}/restore`), { version: live.value?.version ?? 0 })
    await load()
  })

  watch(() => settings.changed.n, () => {
    const c = settings.changed
    if (busy.value || c.id !== id() || (c.kind !== 'routing' && c.kind !== 'routing_draft')) return
    heard().catch(() => {}) // saving will say that it is stale
  })
  watch(id, () => { void load() }, { immediate: true })
  return { policy, live, findings, state, error, unsaved, differs, refused, shown, stale, busy, load, save, publish, discard, restore }
}
