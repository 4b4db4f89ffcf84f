import type { RouteRecordRaw } from 'vue-router'

export default [
  { path: '/conversations/:id/why', component: () => import('./TraceView.vue'), meta: { title: 'why' } },
] satisfies RouteRecordRaw[]
