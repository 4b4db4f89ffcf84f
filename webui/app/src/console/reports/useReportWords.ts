// Figures of a report in words: what was promised, the share that was kept, how long it took.
import { useI18n } from 'vue-i18n'
import type { components } from '@/shared/api/schema'
import { useSaid } from '@/shared/lib/said'
import { percent } from '@/shared/lib/text'
import { passed } from '@/shared/lib/time'

export type Line = components['schemas']['PromiseReportLine']
export type Row = components['schemas']['PromiseRow']
export type Outcome = Row['outcome']

export interface ReportWords {
  /** A target's name; one this page does not know stays as it is. */
  target: (t: string) => string
  medium: (m: string) => string
  share: (l: Line) => string
  /** A figure of time; where nothing was met or late there is none. */
  took: (l: Line, seconds: number) => string
  span: (seconds: number) => string
}

export function useReportWords(): ReportWords {
  const { t, te, locale } = useI18n()
  const said = useSaid()
  const span = (s: number): string => said(passed(s * 1000))
  return {
    target: x => te(`target.${x}`) ? t(`target.${x}`) : x,
    medium: x => te(`medium.${x}`) ? t(`medium.${x}`) : x,
    share: l => l.kept_pct === undefined ? '–' : percent(l.kept_pct, locale.value),
    took: (l, s) => l.met + l.late === 0 ? '–' : span(s),
    span,
  }
}
