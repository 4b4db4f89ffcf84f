// Who is signed in, and what they chose.
import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { ApiError } from '../api/client'
import { api } from '../api/endpoints'
import type { Agent, Features, Role, Scope } from '../api/types'
import { learnOffset } from '../lib/now'

const rank: Record<Role, number> = { agent: 0, supervisor: 1, administrator: 2 }

export const useSession = defineStore('session', () => {
  const agent = ref<Agent>()
  const scope = ref<Scope>({ all: false, queues: [], agents: [] })
  const features = ref<Features>({ max_file_bytes: 25_000_000, max_files: 40, max_chat_text: 8000, max_undo_s: 30, max_report_days: 400, warnings: [] })
  /** Whether the server has been asked yet. */
  const known = ref(false)
  /** The session ended by itself: the sign-in page says so. */
  const expired = ref(false)
  /** What this person chose elsewhere, as the server kept it. */
  const preferences = ref<Record<string, unknown>>({})

  /** The place in the news before anything was read: the line begins there. */
  const cursor = ref('')

  /** What I hold and may hold, in units, as the router counts. */
  const hands = ref({ now: 0, most: 100 })

  const me = computed(() => agent.value?.id ?? '')
  const signedIn = computed(() => agent.value !== undefined)
  /** Whether the person may do what needs this role. */
  const may = (role: Role): boolean => agent.value !== undefined && rank[agent.value.role] >= rank[role]

  /** Whether other people's mails wait for this person's eyes. */
  const reviews = computed(() => may('supervisor') || agent.value?.reviewer === true)

  async function load(): Promise<void> {
    const started = Date.now()
    try {
      const m = await api.me()
      agent.value = m.agent
      scope.value = m.scope ?? scope.value
      features.value = m.features ?? features.value
      known.value = true
      cursor.value = m.cursor
      preferences.value = m.preferences ?? {}
      expired.value = false
      hands.value = { now: m.load, most: m.capacity }
      if (m.server_time) learnOffset(Date.parse(m.server_time), Date.now() - started)
    } catch (e) {
      if (!(e instanceof ApiError) || e.code !== 'unauthenticated') throw e
      agent.value = undefined
      known.value = true // an answer, if not the one hoped for; no answer leaves it open
    }
  }

  let asking: ReturnType<typeof setTimeout> | undefined
  /** Something I hold changed: ask what the router counts now. A burst asks once. */
  function recount(): void {
    if (!agent.value || asking) return
    asking = setTimeout(() => {
      asking = undefined
      if (agent.value) api.me().then((m) => { hands.value = { now: m.load, most: m.capacity } }).catch(() => {}) // the next change asks again
    }, 400)
  }

  async function signIn(email: string, password: string): Promise<void> {
    await api.signIn(email, password)
    await load()
  }

  async function signOut(): Promise<void> {
    await api.signOut()
    forget()
    expired.value = false
  }

  function forget(): void {
    expired.value = agent.value !== undefined
    agent.value = undefined
  }

  return { agent, scope, features, known, expired, preferences, cursor, hands, me, signedIn, may, reviews, load, recount, signIn, signOut, forget }
})
