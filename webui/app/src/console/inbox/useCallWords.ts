// One call in words: which way it went, who had it, how it came out and how long it took.
import { useI18n } from 'vue-i18n'
import type { Call } from '@/shared/api/types'
import { useNow } from '@/shared/lib/now'
import { at, length } from '@/shared/lib/time'
import { useDirectory } from '@/shared/stores/directory'
import { useSession } from '@/shared/stores/session'

export interface CallWords { what: (call: Call) => string, long: (call: Call) => string }

export function useCallWords(): CallWords {
  const { t } = useI18n()
  const now = useNow()
  const directory = useDirectory()
  const session = useSession()
  const who = (c: Call): string => c.agent === session.me ? t('common.you') : directory.agentName(c.agent)

  function rang(c: Call): string {
    const from = at(c.ringing_at), to = at(c.answered_at) ?? at(c.ended_at)
    return from === undefined || to === undefined ? '' : length(to - from)
  }
  function what(c: Call): string {
    if (!c.ended_at) return c.answered_at ? t('call.on', { who: who(c) }) : t(c.direction === 'out' ? 'call.calling' : 'call.ringing')
    if (c.outcome === 'answered') return t(c.direction === 'out' ? 'call.weCalled' : 'call.answered', { who: who(c) })
    return t(`call.${c.outcome || 'abandoned'}`, { span: rang(c) })
  }
  function long(c: Call): string {
    const from = at(c.answered_at)
    if (!c.ended_at) return from === undefined ? '' : length(now.value - from)
    return c.talked_s ? length(c.talked_s * 1000) : ''
  }
  return { what, long }
}
