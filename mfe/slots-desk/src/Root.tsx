import { VIEW_NAMES } from '@qingpu/contracts/http/updates';
import { DeskRoot } from '@qingpu/mfe-kit/react/DeskRoot.tsx';
import type { RemoteProps } from '@qingpu/mfe-kit/remote-props';
import { SlotsProvider } from './data/slots-context.tsx';
import { Pages } from './pages/Pages.tsx';

/** What this module's pages read. */
const VIEWS = [
  VIEW_NAMES.slotPool,
  VIEW_NAMES.bookings,
  VIEW_NAMES.announcements,
  VIEW_NAMES.partnerContracts,
  VIEW_NAMES.payments,
];

export function Root(shell: RemoteProps) {
  return (
    <DeskRoot shell={shell} views={VIEWS}>
      <SlotsProvider shell={shell}>
        <Pages />
      </SlotsProvider>
    </DeskRoot>
  );
}
