import type { RouteRecordRaw } from 'vue-router'

export default [
  { path: '/sign-in', component: () => import('./SignInView.vue'), meta: { title: 'signIn', open: true } },
] satisfies RouteRecordRaw[]
