import type { RouteRecordRaw } from 'vue-router'

export default [
  { path: '/reviews', component: () => import('./ReviewsView.vue'), meta: { title: 'reviews' } },
  { path: '/reviews/:id', component: () => import('./ReviewView.vue'), props: true, meta: { title: 'reviews' } },
] satisfies RouteRecordRaw[]
