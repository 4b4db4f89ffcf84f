// What a conversation without a subject is called: by its channel, or by what it asks of us.
import type { Conversation } from '../api/types'

type Named = Pick<Conversation, 'medium' | 'due_target'>

/** The key of the words. */
export const untitled = (c: Named): string => `inbox.untitled.${c.due_target === 'callback' ? 'callback' : c.medium}`
