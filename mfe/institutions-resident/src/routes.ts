import { createRouter, createWebHistory, type RouteRecordRaw, type Router } from 'vue-router';
import ExpertsPage from './pages/ExpertsPage.vue';
import InstitutionsPage from './pages/InstitutionsPage.vue';
import SearchPage from './pages/SearchPage.vue';

const ELSEWHERE = { render: () => null };

const routes: RouteRecordRaw[] = [
  {
    path: '/portal/institutions',
    name: 'institutions',
    component: InstitutionsPage,
    meta: { title: '医院', alive: true },
  },
  {
    path: '/portal/institutions/:institution',
    name: 'institution',
    component: () => import('./pages/InstitutionPage.vue'),
    props: true,
    meta: { title: '医院介绍' },
  },
  {
    path: '/portal/institutions/:institution/departments/:code',
    name: 'department',
    component: () => import('./pages/DepartmentPage.vue'),
    props: true,
    meta: { title: '科室介绍' },
  },
  {
    path: '/portal/institutions/:institution/doctors/:code',
    name: 'doctor',
    component: () => import('./pages/DoctorPage.vue'),
    props: true,
    meta: { title: '医生介绍' },
  },
  { path: '/portal/experts', name: 'experts', component: ExpertsPage, meta: { title: '专家', alive: true } },
  { path: '/portal/search', name: 'search', component: SearchPage, meta: { title: '搜索', alive: true } },
  // While the person leaves for another module, this router still sees the address.
  { path: '/:elsewhere(.*)*', component: ELSEWHERE },
];

/** Each mount gets a router of its own; it is taken off the window again when the module leaves. */
export function createPortalRouter(onFailure: () => void): Router {
  const router = createRouter({
    history: createWebHistory('/'),
    routes,
    scrollBehavior: (to, from, saved) => saved ?? (to.path === from.path ? false : { top: 0 }),
  });
  // The page's code could not be fetched: the person stays where they are and is told.
  router.onError(onFailure);
  router.afterEach((to) => {
    if (typeof to.meta.title === 'string') document.title = `${to.meta.title} · 健康青浦`;
  });
  return router;
}
