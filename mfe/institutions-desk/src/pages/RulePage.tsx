import type { EntryKey } from '@qingpu/mfe-kit/directory';
import { PageTitle } from '@qingpu/mfe-kit/react/PageTitle.tsx';
import { ProblemNote } from '@qingpu/mfe-kit/react/ProblemNote.tsx';
import { StaleNote } from '@qingpu/mfe-kit/react/StaleNote.tsx';
import { UpdateBar } from '@qingpu/mfe-kit/react/UpdateBar.tsx';
import { type Tab, UrlTabs } from '@qingpu/mfe-kit/react/UrlTabs.tsx';
import { Waiting } from '@qingpu/mfe-kit/react/Waiting.tsx';
import { useParams } from 'react-router';
import { useDesk } from '../data/desk-context.tsx';
import { mayReadHistory } from '../data/permissions.ts';
import { useEntry } from '../data/use-entry.ts';
import { DetailsPanel } from '../parts/DetailsPanel.tsx';
import { EntryActions } from '../parts/EntryActions.tsx';
import { HistoryPanel } from '../parts/HistoryPanel.tsx';
import { StatusTag } from '../parts/StatusTag.tsx';
import { VersionsPanel } from '../parts/VersionsPanel.tsx';

/** One booking rule: the version filed last, all versions, and everything that happened to it. */
export default function RulePage() {
  const { institution = '', code = '' } = useParams();
  const { shell } = useDesk();
  const key: EntryKey = { institutionCode: institution, code };
  const { value: rule, problem, reload, changed, stale } = useEntry('bookingRule', key);
  if (problem) return <ProblemNote problem={problem} onRetry={reload} />;
  if (!rule) return <Waiting />;
  return (
    <>
      <PageTitle
        title={rule.name}
        note={`${rule.institutionName} · 第${rule.ruleVersion}版 · 备案号 ${rule.filingNumber}`}
        back={{ to: '/desk/booking-rules', text: '返回列表' }}
      >
        <StatusTag status={rule.status} />
        <EntryActions entry={rule} onChanged={changed} />
      </PageTitle>
      <UpdateBar onReload={reload} />
      {stale && <StaleNote onReload={reload} />}
      <UrlTabs
        label="规则、版本和变更记录"
        tabs={[
          { key: 'details', text: '最新版本', content: () => <DetailsPanel entry={rule} /> },
          ...(mayReadHistory(shell.session, institution) ? pastTabs(key, rule.revision) : []),
        ]}
      />
    </>
  );
}

/** What was filed before and what happened. */
function pastTabs(key: EntryKey, revision: number): Tab[] {
  return [
    {
      key: 'versions',
      text: '备案版本',
      content: () => <VersionsPanel entryKey={key} revision={revision} />,
    },
    {
      key: 'history',
      text: '变更记录',
      content: () => <HistoryPanel kind="bookingRule" entryKey={key} revision={revision} />,
    },
  ];
}
