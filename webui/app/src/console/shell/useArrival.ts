// Who goes to another page by key stands nowhere when what they pressed is gone: they stand at its heading instead, and
// a screen reader says where they are.
import { nextTick } from 'vue'
import { useRouter } from 'vue-router'

const patience = 3000 // a page may have to fetch before it has a heading

export function useArrival(): void {
  let seeking: MutationObserver | undefined, over: ReturnType<typeof setTimeout> | undefined
  const stop = (): void => { seeking?.disconnect(); clearTimeout(over) }
  function stand(): boolean {
    const at = document.activeElement
    if (at && at !== document.body) return true
    const heading = document.querySelector<HTMLElement>('.thread h1, .pagebody h1')
    if (!heading) return false
    heading.tabIndex = -1
    heading.focus({ preventScroll: true })
    return true
  }
  useRouter().afterEach(async (to, from, failure) => {
    stop()
    if (failure || to.path === from.path || !from.matched.length) return
    await nextTick()
    await new Promise(requestAnimationFrame) // what was pressed has gone by then
    if (stand()) return
    seeking = new MutationObserver(() => { if (stand()) stop() })
    seeking.observe(document.body, { childList: true, subtree: true })
    over = setTimeout(stop, patience)
  })
}
