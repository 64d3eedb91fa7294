import type { RouteRecordRaw } from 'vue-router';
import HomePage from './pages/HomePage.vue';

export const routes: readonly RouteRecordRaw[] = [
  { path: '/portal/booking', component: HomePage, meta: { title: '预约挂号' } },
  {
    path: '/portal/booking/announcements',
    component: () => import('./pages/AnnouncementsPage.vue'),
    meta: { title: '预约公告' },
  },
  {
    path: '/portal/booking/today',
    component: () => import('./pages/TodayPage.vue'),
    meta: { title: '今日挂号' },
  },
  {
    path: '/portal/booking/:institution',
    component: () => import('./pages/DepartmentsPage.vue'),
    props: true,
    meta: { title: '选择科室' },
  },
  {
    path: '/portal/booking/:institution/departments/:department',
    component: () => import('./pages/SchedulesPage.vue'),
    props: true,
    meta: { title: '选择门诊' },
  },
  {
    path: '/portal/booking/:institution/schedules/:schedule',
    component: () => import('./pages/IntervalsPage.vue'),
    props: true,
    meta: { title: '选择时段' },
  },
  {
    path: '/portal/booking/:institution/schedules/:schedule/:start',
    component: () => import('./pages/ConfirmPage.vue'),
    props: true,
    meta: { title: '确认预约' },
  },
  {
    path: '/portal/appointments',
    component: () => import('./pages/AppointmentsPage.vue'),
    meta: { title: '我的预约' },
  },
  {
    path: '/portal/appointments/:id',
    component: () => import('./pages/AppointmentPage.vue'),
    props: true,
    meta: { title: '预约详情' },
  },
  {
    path: '/portal/waitlist',
    component: () => import('./pages/WaitlistPage.vue'),
    meta: { title: '我的候补' },
  },
  {
    path: '/portal/waitlist/:institution/:schedule/:start',
    component: () => import('./pages/WaitPage.vue'),
    props: true,
    meta: { title: '候补登记' },
  },
  {
    path: '/portal/persons',
    component: () => import('./pages/PersonsPage.vue'),
    meta: { title: '就诊人' },
  },
  {
    path: '/portal/persons/:person/standing',
    component: () => import('./pages/StandingPage.vue'),
    props: true,
    meta: { title: '预约信用' },
  },
  {
    path: '/portal/persons/:person/accesses',
    component: () => import('./pages/AccessesPage.vue'),
    props: true,
    meta: { title: '谁看过我的记录' },
  },
];
