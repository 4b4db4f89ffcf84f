// A pane that lies over the others: who opens it stands in it, who closes it stands where they were before.
import { nextTick, watch, type Ref } from 'vue'

/** `drawn` says whether the pane is a drawer at this width, `box` names it. */
export function useDrawer(open: Ref<boolean>, drawn: Readonly<Ref<boolean>>, box: string): void {
  let before: Element | null = null
  const pane = (): HTMLElement | null => document.querySelector<HTMLElement>(box)
  watch(() => open.value && drawn.value, async (on) => {
    if (on) before = document.activeElement
    const was = document.activeElement
    const inside = !was || was === document.body || !!pane()?.contains(was)
    await nextTick()
    if (on) pane()?.querySelector<HTMLElement>('a[href],button:not(:disabled)')?.focus()
    else if (inside && before instanceof HTMLElement && before.isConnected) before.focus()
  })
}
