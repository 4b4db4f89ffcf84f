// The places in the rail and the tab bar, in order.
import type { Role } from '@/shared/api/types'

export interface Place { name: 'inbox' | 'board' | 'contacts' | 'search', path: string, to: string, icon: string, role?: Role }

export const places: Place[] = [
  { name: 'inbox', path: '/inbox', to: '/inbox/mine', icon: 'i-lucide-inbox' },
  { name: 'board', path: '/board', to: '/board', icon: 'i-lucide-layout-dashboard', role: 'supervisor' },
  { name: 'contacts', path: '/contacts', to: '/contacts', icon: 'i-lucide-users' },
  { name: 'search', path: '/search', to: '/search', icon: 'i-lucide-search' },
]
