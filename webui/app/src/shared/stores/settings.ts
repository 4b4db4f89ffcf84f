// Choices of the person that travel with them (kept by the server), beside those of this device (lib/theme, lib/sound).
import { defineStore } from 'pinia'
import { ref } from 'vue'
import { api } from '../api/endpoints'
import { currentLocale } from '../i18n'
import { singleKeys } from '../lib/keys'
import { soundOn } from '../lib/sound'
import { useTheme } from '../lib/theme'
import { useSession } from './session'

export const useSettings = defineStore('settings', () => {
  /** Grows when a settings document changed on the server, with what changed last. */
  const changed = ref<{ n: number, kind: string, id: string }>({ n: 0, kind: '', id: '' })

  function touched(kind: string, id: string): void {
    changed.value = { n: changed.value.n + 1, kind, id }
  }

  /** Keeps a part of the person's choices; the rest stays as whatever device last said. */
  async function prefer(part: Record<string, unknown>): Promise<void> {
    const session = useSession()
    const now = { ...(await api.me()).preferences, ...part }
    await api.savePreferences(now)
    session.preferences = now
  }

  /** Tells the server what this person chose, so that other devices start alike. */
  async function keep(): Promise<void> {
    const { theme, contrast } = useTheme()
    await prefer({ locale: currentLocale(), theme: theme.value, contrast: contrast.value, sound: soundOn.value, shortcuts: singleKeys.value })
  }

  return { changed, touched, prefer, keep }
})
