import { PageTitle } from '@qingpu/mfe-kit/react/PageTitle.tsx';
import { UrlTabs } from '@qingpu/mfe-kit/react/UrlTabs.tsx';
import { AppealsPanel } from '../parts/AppealsPanel.tsx';
import { BlocksPanel } from '../parts/BlocksPanel.tsx';
import { PreviewsPanel } from '../parts/PreviewsPanel.tsx';

/** Black list, appeals and the preview list (A5.20–A5.27, F3.07). */
export default function ListsPage() {
  return (
    <>
      <PageTitle title="黑白名单" note="限制预约的人员、他们的申诉，以及可以提前体验新功能的人员。" />
      <UrlTabs
        label="名单"
        tabs={[
          { key: 'blocks', text: '黑名单', content: () => <BlocksPanel /> },
          { key: 'appeals', text: '申诉', content: () => <AppealsPanel /> },
          { key: 'previews', text: '白名单', content: () => <PreviewsPanel /> },
        ]}
      />
    </>
  );
}
