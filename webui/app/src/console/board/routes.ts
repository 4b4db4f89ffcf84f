import type { RouteRecordRaw } from 'vue-router'

export default [
  { path: '/board', component: () => import('./BoardView.vue'), meta: { title: 'board', role: 'supervisor' } },
  { path: '/board/wall', component: () => import('./WallView.vue'), meta: { title: 'board', role: 'supervisor', ownOffers: true } },
  { path: '/board/alerts', component: () => import('./AlertsView.vue'), meta: { title: 'alerts', role: 'supervisor' } },
  { path: '/board/waivers', component: () => import('./WaiversView.vue'), meta: { title: 'waivers', role: 'supervisor' } },
  { path: '/board/agents/:id', component: () => import('./DayView.vue'), props: true, meta: { title: 'day', role: 'supervisor' } },
  { path: '/my-day', component: () => import('./DayView.vue'), meta: { title: 'day' } },
  { path: '/board/quarantine', component: () => import('./QuarantineView.vue'), meta: { title: 'board', role: 'administrator' } },
] satisfies RouteRecordRaw[]
