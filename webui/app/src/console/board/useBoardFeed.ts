// Keeps the board fresh while a page shows it: numbers come by frames; the lists of promises are asked for again, at most
// every two seconds, when a frame says that they changed, and now and then since what comes due makes no event.
import { onBeforeUnmount, onMounted, watch } from 'vue'
import { watching } from '@/shared/live'
import { useBoard } from '@/shared/stores/board'

const slowly = 30_000

export function useBoardFeed(): void {
  const store = useBoard()
  let again: ReturnType<typeof setTimeout> | undefined
  function refresh(in_ = 2000): void {
    again ??= setTimeout(() => { again = undefined; void store.load() }, in_)
  }
  watch(() => store.lateVersion, () => refresh(300))
  watch(() => store.frames, () => refresh())
  const slow = setInterval(() => { if (document.visibilityState === 'visible') void store.load() }, slowly)
  onMounted(() => { watching({ board: true }); void store.load() })
  onBeforeUnmount(() => { watching({ board: false }); clearTimeout(again); clearInterval(slow) })
}
