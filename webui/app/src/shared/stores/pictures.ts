// Senders whose remote pictures a person lets through without being asked again. Kept with the person.
import { defineStore } from 'pinia'
import { computed } from 'vue'
import { useSession } from './session'
import { useSettings } from './settings'

/** As many as fit beside the other preferences. */
const most = 300

export const usePictures = defineStore('pictures', () => {
  const session = useSession(), settings = useSettings()
  const list = computed(() => {
    const stored = session.preferences['pictures']
    return Array.isArray(stored) ? stored.filter((x): x is string => typeof x === 'string') : []
  })
  const trusts = (address: string): boolean => address !== '' && list.value.includes(address.toLowerCase())

  async function trust(address: string, on: boolean): Promise<void> {
    const rest = list.value.filter(x => x !== address.toLowerCase())
    await settings.prefer({ pictures: on ? [address.toLowerCase(), ...rest].slice(0, most) : rest })
  }
  return { trusts, trust }
})
