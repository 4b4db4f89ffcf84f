// Which rows are picked for one deed together. Plain sets, so that the rules can be tested without a page.

/** At most so many go in one request. */
export const most = 100

/** `id` in or out; from `from` to `id` in the order shown when a range is asked. */
export function pick(have: ReadonlySet<string>, order: readonly string[], id: string, from?: string): Set<string> {
  const next = new Set(have)
  const a = from === undefined ? -1 : order.indexOf(from), b = order.indexOf(id)
  if (a >= 0 && b >= 0 && a !== b) {
    for (const x of order.slice(Math.min(a, b), Math.max(a, b) + 1)) if (next.size < most) next.add(x)
  } else if (!next.delete(id) && next.size < most) { next.add(id) }
  return next
}

/** What is no longer in the list is no longer picked: nobody changes what they do not see. */
export function kept(have: ReadonlySet<string>, order: readonly string[]): Set<string> {
  const shown = new Set(order)
  return new Set([...have].filter(id => shown.has(id)))
}
