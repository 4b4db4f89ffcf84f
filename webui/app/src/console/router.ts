// Addresses and who may see them. Each place brings its own routes.ts; nothing here knows the places.
import { createRouter, createWebHistory, type RouteRecordRaw, type Router } from 'vue-router'
import type { Role } from '@/shared/api/types'
import { useSession } from '@/shared/stores/session'

declare module 'vue-router' {
  interface RouteMeta {
    /** The least role that may come here; anybody signed in when absent. */
    role?: Role
    /** Open to people who are not signed in. */
    open?: boolean
    /** Key of the page's title below `title.`. */
    title?: string
    /** The page shows offers itself. */
    ownOffers?: boolean
  }
}

const places = import.meta.glob<RouteRecordRaw[]>('./*/routes.ts', { eager: true, import: 'default' })

const routes: RouteRecordRaw[] = [
  { path: '/', redirect: '/inbox/mine' },
  ...Object.values(places).flat(),
  { path: '/:rest(.*)*', component: () => import('./shell/NotFound.vue'), meta: { title: 'notFound' } },
]

export function makeRouter(): Router {
  const router = createRouter({ history: createWebHistory('/'), routes })
  router.beforeEach(async (to) => {
    const session = useSession()
    if (!session.known) await session.load().catch(() => {}) // App shows what is wrong and tries again
    if (to.meta.open) return session.signedIn && to.path === '/sign-in' ? '/' : true
    if (!session.signedIn) return session.known ? { path: '/sign-in', query: to.fullPath === '/' ? {} : { next: to.fullPath } } : true
    if (to.meta.role && !session.may(to.meta.role)) return '/inbox/mine'
    return true
  })
  return router
}
