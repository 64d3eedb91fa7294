import { type DirectoryEntry, KIND_NAMES } from '@qingpu/contracts/http/institutions';
import type { Kind } from '@qingpu/mfe-kit/directory';
import { PageTitle } from '@qingpu/mfe-kit/react/PageTitle.tsx';
import { ProblemNote } from '@qingpu/mfe-kit/react/ProblemNote.tsx';
import { StaleNote } from '@qingpu/mfe-kit/react/StaleNote.tsx';
import { UpdateBar } from '@qingpu/mfe-kit/react/UpdateBar.tsx';
import { type Tab, UrlTabs } from '@qingpu/mfe-kit/react/UrlTabs.tsx';
import { Waiting } from '@qingpu/mfe-kit/react/Waiting.tsx';
import { useParams } from 'react-router';
import { useDesk } from '../data/desk-context.tsx';
import { kindAt, listAddress } from '../data/kinds.ts';
import { mayChange, mayReadHistory } from '../data/permissions.ts';
import { useEntry } from '../data/use-entry.ts';
import { DetailsPanel } from '../parts/DetailsPanel.tsx';
import { EntryActions } from '../parts/EntryActions.tsx';
import { HistoryPanel } from '../parts/HistoryPanel.tsx';
import { NotFound } from '../parts/NotFound.tsx';
import { PersonPanel } from '../parts/PersonPanel.tsx';
import { StatusTag } from '../parts/StatusTag.tsx';

/** One entry of the directory: what it says, and everything that happened to it. */
export default function EntryPage() {
  const { path, institution = '', code = '' } = useParams();
  const kind = kindAt(path);
  return kind ? <Entry kind={kind} institutionCode={institution} code={code} /> : <NotFound />;
}

function Entry({ kind, institutionCode, code }: { kind: Kind; institutionCode: string; code: string }) {
  const { shell } = useDesk();
  const { value: entry, problem, reload, changed, stale } = useEntry(kind, { institutionCode, code });
  if (problem) return <ProblemNote problem={problem} onRetry={reload} />;
  if (!entry) return <Waiting />;
  return (
    <>
      <PageTitle
        title={entry.name || '（已注销）'}
        note={`${KIND_NAMES[kind]} · ${entry.institutionName}`}
        back={{ to: listAddress(kind), text: '返回列表' }}
      >
        <StatusTag status={entry.status} />
        <EntryActions entry={entry} onChanged={changed} />
      </PageTitle>
      <UpdateBar onReload={reload} />
      {stale && <StaleNote onReload={reload} />}
      <UrlTabs
        label="详情和变更记录"
        tabs={[
          { key: 'details', text: '详情', content: () => <Details entry={entry} /> },
          ...(mayReadHistory(shell.session, institutionCode) ? [historyTab(entry)] : []),
        ]}
      />
    </>
  );
}

function historyTab(entry: DirectoryEntry): Tab {
  return {
    key: 'history',
    text: '变更记录',
    content: () => <HistoryPanel kind={entry.kind} entryKey={entry} revision={entry.revision} />,
  };
}

function Details({ entry }: { entry: DirectoryEntry }) {
  const { shell } = useDesk();
  return (
    <>
      <DetailsPanel entry={entry} />
      {entry.kind === 'doctor' && entry.person && (
        <PersonPanel
          entryKey={entry}
          masked={entry.person}
          mayDisclose={mayChange(shell.session, entry.institutionCode)}
        />
      )}
    </>
  );
}
