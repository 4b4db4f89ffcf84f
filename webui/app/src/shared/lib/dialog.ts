// Where the focus goes when a dialog opens: the library takes the first button it finds, which is the one that closes.

const fields = 'input:not([type=hidden],[type=radio],[type=checkbox],:disabled),textarea:not(:disabled),[contenteditable=true]'

/** For a dialog's `content`: begins in its first field, where there is one, so that a key opens it and the next one writes. */
export const inField = {
  onOpenAutoFocus(e: Event): void {
    const first = (e.currentTarget as HTMLElement | null)?.querySelector<HTMLElement>(fields)
    if (!first) return
    e.preventDefault()
    first.focus()
  },
}
