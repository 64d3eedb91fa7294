import type { DirectoryEntry } from '@qingpu/contracts/http/institutions';
import { Button } from 'antd';
import { useState } from 'react';
import { Link } from 'react-router';
import type { Act, ChangeResult } from '../data/desk-api.ts';
import { useDesk } from '../data/desk-context.tsx';
import { entryAddress } from '../data/kinds.ts';
import { mayChange, mayErase } from '../data/permissions.ts';
import { ACT_NAMES, ActDialog } from './ActDialog.tsx';

/** What this person may do to this entry. */
export function EntryActions({
  entry,
  onChanged,
}: {
  entry: DirectoryEntry;
  onChanged: (result: ChangeResult) => void;
}) {
  const { shell } = useDesk();
  const [act, setAct] = useState<Act>();
  const { session } = shell;
  if (!mayChange(session, entry.institutionCode) || entry.status === 'erased') return null;
  const { kind, name, revision } = entry;
  const done = (result: ChangeResult) => {
    if (act) shell.toast(`已${ACT_NAMES[act]}，并记入变更记录`, 'success');
    setAct(undefined);
    onChanged(result);
  };
  return (
    <>
      <Link className="action" to={`${entryAddress(kind, entry)}/edit`}>
        {kind === 'bookingRule' ? '备案新版本' : '修改'}
      </Link>
      {entry.status === 'active' ? (
        <Button onClick={() => setAct('deactivation')}>停用</Button>
      ) : (
        <Button onClick={() => setAct('reactivation')}>重新启用</Button>
      )}
      {kind === 'doctor' && mayErase(session) && (
        <Button danger onClick={() => setAct('erasure')}>
          注销
        </Button>
      )}
      {act && (
        <ActDialog
          act={act}
          target={{ kind, key: entry, revision }}
          name={name}
          onDone={done}
          onCancel={() => setAct(undefined)}
        />
      )}
    </>
  );
}
