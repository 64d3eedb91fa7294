import { onDemand } from '@qingpu/mfe-kit/react/on-demand.tsx';
import { PageBoundary } from '@qingpu/mfe-kit/react/PageBoundary.tsx';
import { Route, Routes } from 'react-router';
import { SearchPage } from './SearchPage.tsx';

const LifePage = onDemand(() => import('./LifePage.tsx'));
const ClosedLoopPage = onDemand(() => import('./ClosedLoopPage.tsx'));

export function Pages() {
  return (
    <PageBoundary>
      <Routes>
        <Route path="/desk/trace" element={<SearchPage />} />
        <Route path="/desk/trace/closed-loop" element={<ClosedLoopPage />} />
        <Route path="/desk/trace/:institution/:schedule/:slot" element={<LifePage />} />
        {/* While the person leaves for another module, this router still sees the address. */}
        <Route path="*" element={null} />
      </Routes>
    </PageBoundary>
  );
}
