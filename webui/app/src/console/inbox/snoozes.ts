// Moments people snooze to: later today, tomorrow at nine, Monday at nine. Only those still ahead and different.
import { moment } from '@/shared/lib/time'

export interface Snooze { key: 'hour' | 'evening' | 'tomorrow' | 'monday', at: Date, said: string }

export function snoozes(now: Date, locale: string): Snooze[] {
  const at = (days: number, hour: number): Date => new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, hour)
  const all: [Snooze['key'], Date][] = [['hour', new Date(now.getTime() + 3_600_000)], ['evening', at(0, 17)], ['tomorrow', at(1, 9)]]
  const toMonday = (8 - now.getDay()) % 7 || 7
  if (toMonday > 1) all.push(['monday', at(toMonday, 9)])
  return all
    .filter(([key, d]) => d.getTime() > now.getTime() + (key === 'evening' ? 90 * 60_000 : 0))
    .map(([key, d]) => ({ key, at: d, said: moment(d.getTime(), now.getTime(), locale) }))
}
