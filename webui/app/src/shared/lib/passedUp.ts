// A promise that a step of its policy's ladder passed up to me: told once, over whatever page is open.
import { shallowRef } from 'vue'
import type { Target } from '../api/types'

export interface PassedUp { conversation: string, name: string, target: Target }
export const passedUp = shallowRef<PassedUp>()
