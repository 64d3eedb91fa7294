import { KIND_NAMES } from '@qingpu/contracts/http/institutions';
import type { Kind } from '@qingpu/mfe-kit/directory';
import { useLive } from '@qingpu/mfe-kit/react/live.tsx';
import { PageTitle } from '@qingpu/mfe-kit/react/PageTitle.tsx';
import { ProblemNote } from '@qingpu/mfe-kit/react/ProblemNote.tsx';
import { useLoad } from '@qingpu/mfe-kit/react/use-load';
import { Waiting } from '@qingpu/mfe-kit/react/Waiting.tsx';
import { useParams } from 'react-router';
import { useDesk } from '../data/desk-context.tsx';
import { entryAddress, kindAt, listAddress } from '../data/kinds.ts';
import { mayChange, mayCreate } from '../data/permissions.ts';
import { ChangeEntry } from '../form/ChangeEntry.tsx';
import { CreateEntry } from '../form/CreateEntry.tsx';
import { NoAccess } from '../parts/NoAccess.tsx';
import { NotFound } from '../parts/NotFound.tsx';

/** Makes or changes an entry of any kind; for booking rules, files a version. */
export default function EditPage({ fixedKind }: { fixedKind?: Kind }) {
  const { path, institution, code } = useParams();
  const { shell } = useDesk();
  const kind = fixedKind ?? kindAt(path);
  if (!kind) return <NotFound />;
  if (!institution || !code) {
    if (!mayCreate(shell.session, kind)) return <NoAccess />;
    return (
      <>
        <PageTitle title={`新增${KIND_NAMES[kind]}`} back={{ to: listAddress(kind), text: '返回列表' }} />
        <CreateEntry key={kind} kind={kind} />
      </>
    );
  }
  if (!mayChange(shell.session, institution)) return <NoAccess />;
  return <Change kind={kind} institutionCode={institution} code={code} />;
}

function Change({ kind, institutionCode, code }: { kind: Kind; institutionCode: string; code: string }) {
  const { api } = useDesk();
  const { lastWrite } = useLive();
  const key = { institutionCode, code };
  const {
    value: entry,
    problem,
    reload,
  } = useLoad(`${kind} ${institutionCode} ${code}`, (signal) =>
    api.entry(kind, key, { after: lastWrite.current, signal }),
  );
  if (problem) return <ProblemNote problem={problem} onRetry={reload} />;
  if (!entry) return <Waiting />;
  const title =
    kind === 'bookingRule' ? `备案新版本：${entry.name}` : `修改${KIND_NAMES[kind]}：${entry.name}`;
  return (
    <>
      <PageTitle
        title={title}
        note={entry.institutionName}
        back={{ to: entryAddress(kind, key), text: '返回详情' }}
      />
      <ChangeEntry entry={entry} />
    </>
  );
}
