// The closed lists people choose from, in the order they are shown.
import type { Medium, Priority, Tier } from '../api/types'

export const media = ['email', 'chat', 'voice'] as const satisfies Medium[]
export const tiers = ['strategic', 'key', 'ordinary'] as const satisfies Tier[]
export const priorities = ['urgent', 'high', 'normal', 'low'] as const satisfies Priority[]
