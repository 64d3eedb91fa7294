import { onDemand } from '@qingpu/mfe-kit/react/on-demand.tsx';
import { PageBoundary } from '@qingpu/mfe-kit/react/PageBoundary.tsx';
import { Navigate, Route, Routes } from 'react-router';
import { ListPage } from './ListPage.tsx';
import { RulesPage } from './RulesPage.tsx';

const EntryPage = onDemand(() => import('./EntryPage.tsx'));
const EditPage = onDemand(() => import('./EditPage.tsx'));
const RulePage = onDemand(() => import('./RulePage.tsx'));
const AnalysisPage = onDemand(() => import('./AnalysisPage.tsx'));

export function Pages() {
  return (
    <PageBoundary>
      <Routes>
        <Route path="/desk/directory" element={<Navigate to="/desk/directory/institutions" replace />} />
        <Route path="/desk/directory/:path" element={<ListPage />} />
        <Route path="/desk/directory/:path/new" element={<EditPage />} />
        <Route path="/desk/directory/:path/:institution/:code" element={<EntryPage />} />
        <Route path="/desk/directory/:path/:institution/:code/edit" element={<EditPage />} />
        <Route path="/desk/booking-rules" element={<RulesPage />} />
        <Route path="/desk/booking-rules/analysis" element={<AnalysisPage />} />
        <Route path="/desk/booking-rules/new" element={<EditPage fixedKind="bookingRule" />} />
        <Route path="/desk/booking-rules/:institution/:code" element={<RulePage />} />
        <Route
          path="/desk/booking-rules/:institution/:code/edit"
          element={<EditPage fixedKind="bookingRule" />}
        />
        {/* While the person leaves for another module, this router still sees the address. */}
        <Route path="*" element={null} />
      </Routes>
    </PageBoundary>
  );
}
