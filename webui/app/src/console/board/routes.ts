import type { RouteRecordRaw } from 'vue-router'

export default [
  { path: '/board', component: () => import('./BoardView.vue'), meta: { title: 'board', role: 'supervisor' } },
  { path: '/board/wall', component: () => import('./WallView.vue'), meta: { title: 'board', role: 'supervisor', ownOffers: true } },
  { path: '/board/quarantine', component: () => import('./QuarantineView.vue'), meta: { title: 'board', role: 'administrator' } },
] satisfies RouteRecordRaw[]
