// Which of the frame's own dialogs is open, and about whom.
import { ref } from 'vue'

export const dialog = ref<'commands' | 'help' | 'newMail' | 'routing' | 'notices' | 'leave' | undefined>()
/** The agent the dialog "routing" is about; empty: oneself. */
export const asked = ref('')
export function askRouting(agent = ''): void {
  asked.value = agent
  dialog.value = 'routing'
}
