// A notice that stands as long as what it tells of, though each of its buttons closes it.
import { watch } from 'vue'

/** Shows `list` under an id while there is something in it, the newest last. What it returns makes a deed of a button:
 *  the notice closes with it, and comes again after it while anything is left. */
export function standing<T extends { key: string }>(list: () => T[], show: (id: string, all: T[]) => void, hide: (id: string) => void): (deed: () => unknown) => () => void {
  // A notice that goes takes its time and its id with it: the next one has another.
  let round = 0
  const id = (): string => `passed up ${round}`
  const again = (): void => { if (list().length) show(id(), list()) }
  watch(list, (now, before) => {
    const last = now.at(-1)
    if (!last) { hide(id()); round++; return }
    if (before.length !== now.length || before.at(-1)?.key !== last.key) again()
  })
  return deed => () => {
    round++
    void Promise.resolve(deed()).finally(again)
  }
}
