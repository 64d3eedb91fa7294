import { onDemand } from '@qingpu/mfe-kit/react/on-demand.tsx';
import { PageBoundary } from '@qingpu/mfe-kit/react/PageBoundary.tsx';
import { Navigate, Route, Routes } from 'react-router';
import { SchedulesPage } from './SchedulesPage.tsx';

const TodayPage = onDemand(() => import('./TodayPage.tsx'));
const SchedulePage = onDemand(() => import('./SchedulePage.tsx'));
const ImportPage = onDemand(() => import('./ImportPage.tsx'));
const BookingsPage = onDemand(() => import('./BookingsPage.tsx'));
const BookingPage = onDemand(() => import('./BookingPage.tsx'));
const ListsPage = onDemand(() => import('./ListsPage.tsx'));
const ContractsPage = onDemand(() => import('./ContractsPage.tsx'));
const PlatformsPage = onDemand(() => import('./PlatformsPage.tsx'));
const DifferencesPage = onDemand(() => import('./DifferencesPage.tsx'));
const PaymentsPage = onDemand(() => import('./PaymentsPage.tsx'));
const PaymentPage = onDemand(() => import('./PaymentPage.tsx'));
const StatementsPage = onDemand(() => import('./StatementsPage.tsx'));
const StatementPage = onDemand(() => import('./StatementPage.tsx'));
const AnnouncementsPage = onDemand(() => import('./AnnouncementsPage.tsx'));

export function Pages() {
  return (
    <PageBoundary>
      <Routes>
        <Route path="/desk/slots" element={<Navigate to="/desk/slots/schedules" replace />} />
        <Route path="/desk/slots/today" element={<TodayPage />} />
        <Route path="/desk/slots/schedules" element={<SchedulesPage />} />
        <Route path="/desk/slots/schedules/import" element={<ImportPage />} />
        <Route path="/desk/slots/schedules/:institution/:schedule" element={<SchedulePage />} />
        <Route path="/desk/slots/differences" element={<DifferencesPage />} />
        <Route path="/desk/slots/contracts" element={<ContractsPage />} />
        <Route path="/desk/slots/platforms" element={<PlatformsPage />} />
        <Route path="/desk/appointments" element={<BookingsPage />} />
        <Route path="/desk/appointments/:id" element={<BookingPage />} />
        <Route path="/desk/payments" element={<PaymentsPage />} />
        <Route path="/desk/payments/statements" element={<StatementsPage />} />
        <Route path="/desk/payments/statements/:institution/:date" element={<StatementPage />} />
        <Route path="/desk/payments/:id" element={<PaymentPage />} />
        <Route path="/desk/blocks" element={<ListsPage />} />
        <Route path="/desk/announcements" element={<AnnouncementsPage />} />
        {/* While the person leaves for another module, this router still sees the address. */}
        <Route path="*" element={null} />
      </Routes>
    </PageBoundary>
  );
}
