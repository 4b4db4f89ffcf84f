import type { RouteRecordRaw } from 'vue-router'

export default [
  { path: '/reports', component: () => import('./ReportsView.vue'), meta: { title: 'reports', role: 'supervisor' } },
  { path: '/reports/waits', component: () => import('./WaitsView.vue'), meta: { title: 'waits', role: 'supervisor' } },
  { path: '/reports/customers/:id', component: () => import('./SheetView.vue'), props: true, meta: { title: 'sheet', role: 'supervisor' } },
] satisfies RouteRecordRaw[]
