import type { RouteRecordRaw } from 'vue-router'

// Kinds with a list of their own below.
const own = 'webhooks|reasons'
const kinds = 'agents|teams|skills|inboxes|queues|tiers|canned|tags|policies|calendars|alerts'

export default [
  { path: '/settings', redirect: '/settings/account' },
  { path: '/settings/account', component: () => import('./AccountView.vue'), meta: { title: 'settings' } },
  { path: '/settings/webhooks', component: () => import('./hooks/HooksView.vue'), meta: { title: 'settings', role: 'administrator' } },
  { path: '/settings/reasons', component: () => import('./duty/ReasonsView.vue'), meta: { title: 'settings', role: 'administrator' } },
  { path: '/settings/tiers', component: () => import('./DocView.vue'), props: { path: 'tiers', id: 'tiers' }, meta: { title: 'settings', role: 'administrator' } },
  { path: `/settings/:path(${kinds})`, component: () => import('./DocList.vue'), props: true, meta: { title: 'settings', role: 'administrator' } },
  { path: `/settings/:path(${kinds}|${own})/:id`, component: () => import('./DocView.vue'), props: true, meta: { title: 'settings', role: 'administrator' } },
  { path: '/settings/review', component: () => import('./DocView.vue'), props: { path: 'review', id: 'review' }, meta: { title: 'settings', role: 'administrator' } },
  { path: '/settings/routing', component: () => import('./routing/RoutingList.vue'), meta: { title: 'settings', role: 'supervisor' } },
  { path: '/settings/routing/:id', component: () => import('./routing/RoutingView.vue'), props: true, meta: { title: 'settings', role: 'supervisor' } },
  { path: '/settings/suppressions', component: () => import('./SuppressionsView.vue'), meta: { title: 'settings', role: 'administrator' } },
  { path: '/settings/audit', component: () => import('./AuditView.vue'), meta: { title: 'settings', role: 'administrator' } },
] satisfies RouteRecordRaw[]
