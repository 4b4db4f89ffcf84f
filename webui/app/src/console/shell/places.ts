// The places in the rail and the tab bar, in order.
import type { Role } from '@/shared/api/types'

export interface Place { name: 'inbox' | 'board' | 'contacts' | 'reviews' | 'reports' | 'search', path: string, to: string, icon: string, role?: Role, reviews?: true }

/** Whether a place is for this person. */
export function mayEnter(p: Place, session: { may: (role: Role) => boolean, reviews: boolean }): boolean {
  return (!p.role || session.may(p.role)) && (!p.reviews || session.reviews)
}

export const places: Place[] = [
  { name: 'inbox', path: '/inbox', to: '/inbox/mine', icon: 'i-lucide-inbox' },
  { name: 'board', path: '/board', to: '/board', icon: 'i-lucide-layout-dashboard', role: 'supervisor' },
  { name: 'contacts', path: '/contacts', to: '/contacts', icon: 'i-lucide-users' },
  { name: 'reviews', path: '/reviews', to: '/reviews', icon: 'i-lucide-file-check-2', reviews: true },
  { name: 'reports', path: '/reports', to: '/reports', icon: 'i-lucide-chart-column', role: 'supervisor' },
  { name: 'search', path: '/search', to: '/search', icon: 'i-lucide-search' },
]
