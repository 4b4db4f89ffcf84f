import type { RouteRecordRaw } from 'vue-router'

export default [
  { path: '/search', component: () => import('./SearchView.vue'), meta: { title: 'search' } },
] satisfies RouteRecordRaw[]
