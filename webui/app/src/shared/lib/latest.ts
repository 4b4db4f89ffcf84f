// Asking again before the answer is there: only the newest answer counts.
import { onScopeDispose } from 'vue'

export interface Latest {
  <T>(ask: (signal: AbortSignal) => Promise<T>, then: (said: T) => void, failed: (e: unknown) => void): Promise<void>
  /** Nobody waits any more for what was asked. */
  letGo: () => void
}

/** A place to ask from. What was asked before is let go and neither answers nor fails; so is the last when the component goes. */
export function useLatest(): Latest {
  let going: AbortController | undefined
  const letGo = (): void => { going?.abort(); going = undefined }
  onScopeDispose(letGo)
  async function latest<T>(ask: (signal: AbortSignal) => Promise<T>, then: (said: T) => void, failed: (e: unknown) => void): Promise<void> {
    going?.abort()
    const mine = going = new AbortController()
    try {
      const said = await ask(mine.signal)
      if (going === mine) then(said)
    } catch (e) { if (going === mine) failed(e) }
  }
  return Object.assign(latest, { letGo })
}
