// The one ticking clock of the page. Everything that counts down reads it, so a hundred chips cost one interval.
// It follows the server: a laptop five minutes wrong must not call a promise late.
import { computed, readonly, ref, type ComputedRef, type Ref } from 'vue'

const tick = ref(Date.now())
const offset = ref(0) // server minus this machine, ms
let timer: ReturnType<typeof setTimeout> | undefined

function step(): void {
  tick.value = Date.now()
  // Aim just past the next second of the server's clock, so that all seconds change together.
  timer = setTimeout(step, 1000 - ((tick.value + offset.value) % 1000) + 5)
}

/** The server's time in Unix ms, changing once a second. */
export function useNow(): ComputedRef<number> {
  if (timer === undefined) step()
  return now
}

const now = computed(() => tick.value + offset.value)

const slow = computed(() => now.value - now.value % 10_000)

/** The same, changing every ten seconds: for what stands in great number and speaks of minutes. */
export function useSlowNow(): ComputedRef<number> {
  useNow()
  return slow
}

/** The server's time at this instant, for code that does not render. */
export function serverNow(): number {
  return Date.now() + offset.value
}

let bestTrip = Infinity

/** Learn the offset from one exchange: the server said `server` while `trip` ms passed here. Short trips win. */
export function learnOffset(server: number, trip: number): void {
  if (!Number.isFinite(server) || trip > bestTrip * 2) return
  bestTrip = Math.min(bestTrip, Math.max(trip, 1))
  const next = server + trip / 2 - Date.now()
  // Ignore jitter below what anybody sees.
  if (Math.abs(next - offset.value) > 250) offset.value = next
}

export const serverOffset: Readonly<Ref<number>> = readonly(offset)

// A laptop that slept catches up at once when it is looked at again.
if (typeof document !== 'undefined') {
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') tick.value = Date.now()
  })
}
