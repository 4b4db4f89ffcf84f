import type { RouteRecordRaw } from 'vue-router'

export default [
  { path: '/inbox', redirect: '/inbox/mine' },
  { path: '/inbox/:list(mine|my_queues|unassigned|mentioned|all)/:id?', component: () => import('./InboxView.vue'), meta: { title: 'inbox', ownOffers: true } },
  { path: '/conversations/:id/print', component: () => import('./PrintView.vue'), props: true, meta: { title: 'print', ownOffers: true } },
] satisfies RouteRecordRaw[]
