import type { RouteRecordRaw } from 'vue-router';
import ExpertsPage from './pages/ExpertsPage.vue';
import InstitutionsPage from './pages/InstitutionsPage.vue';
import SearchPage from './pages/SearchPage.vue';

export const routes: RouteRecordRaw[] = [
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
];
