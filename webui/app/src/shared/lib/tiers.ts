// What the house calls a tier: its own word from the settings, else the product's.
import { useI18n } from 'vue-i18n'
import { useDirectory } from '../stores/directory'
import { tiers } from './choices'

export function useTierName(): (tier: string) => string {
  const { t } = useI18n()
  const directory = useDirectory()
  return (tier) => {
    const known = tiers.find(x => x === tier)
    return known ? directory.all.tiers[known] || t(`tier.${known}`) : tier
  }
}
