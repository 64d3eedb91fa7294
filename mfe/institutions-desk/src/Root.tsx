import { VIEW_NAMES } from '@qingpu/contracts/http/updates';
import { DeskRoot } from '@qingpu/mfe-kit/react/DeskRoot.tsx';
import type { RemoteProps } from '@qingpu/mfe-kit/remote-props';
import { DeskProvider } from './data/desk-context.tsx';
import { Pages } from './pages/Pages.tsx';

/** What this module's pages read. */
const VIEWS = [VIEW_NAMES.institutionDirectory];

export function Root(shell: RemoteProps) {
  return (
    <DeskRoot shell={shell} views={VIEWS}>
      <DeskProvider shell={shell}>
        <Pages />
      </DeskProvider>
    </DeskRoot>
  );
}
