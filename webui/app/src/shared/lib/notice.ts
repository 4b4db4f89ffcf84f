// What just happened, said for five seconds, with a way back where there is one. The last undo also answers Ctrl+Z.
import { useToast } from '@nuxt/ui/composables/useToast'
import { useI18n } from 'vue-i18n'
import { useErrorText } from './errors'

const undoWindow = 5000

let lastUndo: { id: string | number, run: () => void } | undefined

/** Takes back the last thing that can be taken back; false when there is none. */
export function undoLast(): boolean {
  if (!lastUndo) return false
  const { run } = lastUndo
  lastUndo = undefined
  run()
  return true
}

export interface Notices {
  done: (text: string, undo?: () => void) => void
  /** Says what went wrong; `what` names the deed, for those that happen by themselves. */
  failed: (e: unknown, what?: string) => void
}

export function useNotice(): Notices {
  const toast = useToast()
  const { t } = useI18n()
  const say = useErrorText()
  return {
    done(text, undo) {
      const made = toast.add({
        type: 'background', // what one did oneself is said in the next pause; what went wrong, at once
        title: text, duration: undoWindow, close: !undo, color: 'neutral',
        actions: undo ? [{ label: t('common.undo'), color: 'neutral', variant: 'outline', onClick: () => { if (lastUndo?.id === made.id) undoLast() } }] : [],
      })
      if (!undo) return
      const id = made.id
      lastUndo = { id, run: () => { toast.remove(id); undo() } }
      setTimeout(() => { if (lastUndo?.id === id) lastUndo = undefined }, undoWindow)
    },
    failed(e, what) {
      toast.add({ title: what ?? say(e), ...what ? { description: say(e) } : {}, icon: 'i-lucide-triangle-alert', color: 'error', duration: 8000 })
    },
  }
}
