// One more address or number of a customer, as it is typed: what is wrong with it, and whose it is already.
import { ref, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { ApiError } from '../api/client'
import type { Identity } from '../api/types'
import { useErrorText } from './errors'
import { identityOf } from './names'

export interface AddIdentity {
  text: Ref<string>
  problem: Ref<string>
  /** The customer who has it, when it is taken. */
  other: Ref<string>
  /** Whether it was added. */
  add: () => Promise<boolean>
  clear: () => void
}

export function useAddIdentity(keep: (i: Identity) => Promise<unknown>): AddIdentity {
  const { t } = useI18n()
  const say = useErrorText()
  const text = ref(''), problem = ref(''), other = ref('')
  function clear(): void { text.value = problem.value = other.value = '' }
  async function add(): Promise<boolean> {
    const found = identityOf(text.value)
    other.value = ''
    problem.value = found ? '' : t('contacts.identityForm')
    if (!found) return false
    try {
      await keep(found)
      clear()
      return true
    } catch (e) {
      problem.value = say(e)
      if (e instanceof ApiError && e.reason === 'identity_taken') other.value = e.params['contact'] ?? ''
      return false
    }
  }
  return { text, problem, other, add, clear }
}
