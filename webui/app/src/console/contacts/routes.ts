import type { RouteRecordRaw } from 'vue-router'

export default [
  { path: '/contacts', component: () => import('./ContactsView.vue'), meta: { title: 'contacts' } },
  { path: '/contacts/new', component: () => import('./ContactView.vue'), props: { id: 'new' }, meta: { title: 'contacts' } },
  { path: '/contacts/:id', component: () => import('./ContactView.vue'), props: true, meta: { title: 'contacts' } },
] satisfies RouteRecordRaw[]
