import type { RouteRecordRaw } from 'vue-router'

export default [
  { path: '/reports', component: () => import('./ReportsView.vue'), meta: { title: 'reports', role: 'supervisor' } },
] satisfies RouteRecordRaw[]
