// Which of the frame's own dialogs is open.
import { ref } from 'vue'

export const dialog = ref<'commands' | 'help' | 'newMail' | undefined>()
