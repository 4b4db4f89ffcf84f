// Asking again by itself, for what nobody pushes: only while somebody looks.
import { onBeforeUnmount } from 'vue'

/** Runs `ask` every `ms` while the page is visible and the component stands. */
export function usePoll(ask: () => void, ms: number): void {
  const timer = setInterval(() => { if (document.visibilityState === 'visible') ask() }, ms)
  onBeforeUnmount(() => clearInterval(timer))
}
