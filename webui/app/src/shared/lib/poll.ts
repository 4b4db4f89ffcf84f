// Asking again by itself, for what nobody pushes: only while somebody looks.
import { onScopeDispose } from 'vue'

/** Runs `ask` again and again, `ms` after each answer, later while the page is hidden; it ends with the component, also
 *  when an answer is on its way then. What it returns asks now. */
export function usePoll(ask: () => void | Promise<void>, ms: number | (() => number)): () => Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  let last = 0
  onScopeDispose(() => { last = -1; clearTimeout(timer) })
  async function run(): Promise<void> {
    if (last < 0) return
    clearTimeout(timer)
    const mine = ++last
    await ask()
    if (mine === last) later()
  }
  function later(): void {
    timer = setTimeout(() => { if (document.visibilityState === 'visible') void run(); else later() }, typeof ms === 'number' ? ms : ms())
  }
  later()
  return run
}
