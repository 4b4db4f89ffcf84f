// A snapshot and the news race each other: an answer that was read before a change may arrive after the frame that told
// of it, and would undo it. So what is heard while an answer is on its way is told again after it. News that is older
// than the answer does no harm: what is newer still comes as a frame of its own.

export interface Retold<T> {
  /** Note news; call it for each, whether or not anything is asked for. */
  heard: (news: T) => void
  /** Ask, settle the answer, then hear again what came meanwhile. */
  over: <A>(ask: () => Promise<A>, settle: (answer: A) => void, again: (news: T) => void) => Promise<void>
}

export function retold<T>(): Retold<T> {
  const asked = new Set<T[]>()
  return {
    heard(news) { for (const since of asked) since.push(news) },
    async over(ask, settle, again) {
      const since: T[] = []
      asked.add(since)
      try {
        settle(await ask())
      } finally {
        asked.delete(since)
      }
      since.forEach(again)
    },
  }
}
