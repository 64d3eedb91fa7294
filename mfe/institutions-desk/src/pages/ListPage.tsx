import { DIRECTORY_PATHS, KIND_NAMES } from '@qingpu/contracts/http/institutions';
import { PageTitle } from '@qingpu/mfe-kit/react/PageTitle.tsx';
import { Link, useParams } from 'react-router';
import { useDesk } from '../data/desk-context.tsx';
import { DIRECTORY_TABS, kindAt, listAddress } from '../data/kinds.ts';
import { mayCreate } from '../data/permissions.ts';
import { KindList } from '../parts/KindList.tsx';
import { NotFound } from '../parts/NotFound.tsx';

/** The directory: one table for each kind of entry. */
export function ListPage() {
  const { path } = useParams();
  const { shell } = useDesk();
  const kind = kindAt(path);
  if (!kind) return <NotFound />;
  return (
    <>
      <PageTitle title="机构目录" note="医院、科室、医生、门诊和预约渠道的统一目录。">
        {mayCreate(shell.session, kind) && (
          <Link className="action" to={`${listAddress(kind)}/new`}>
            新增{KIND_NAMES[kind]}
          </Link>
        )}
      </PageTitle>
      <nav className="kinds" aria-label="目录类别">
        {DIRECTORY_TABS.map((tab) => (
          <Link
            key={tab.kind}
            to={`/desk/directory/${DIRECTORY_PATHS[tab.kind]}`}
            aria-current={tab.kind === kind ? 'page' : undefined}
          >
            {tab.text}
          </Link>
        ))}
      </nav>
      <KindList kind={kind} />
    </>
  );
}
