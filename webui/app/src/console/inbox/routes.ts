import type { RouteRecordRaw } from 'vue-router'

export default [
  { path: '/inbox', redirect: '/inbox/mine' },
  { path: '/inbox/:list(mine|my_queues|unassigned|mentioned|all)/:id?', component: () => import('./InboxView.vue'), meta: { title: 'inbox', ownOffers: true } },
] satisfies RouteRecordRaw[]
