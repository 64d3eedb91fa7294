import type { DirectoryEntry } from '@qingpu/contracts/http/institutions';
import { ProblemNote } from '@qingpu/mfe-kit/react/ProblemNote.tsx';
import { Alert } from 'antd';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { useDesk } from '../data/desk-context.tsx';
import { entryAddress } from '../data/kinds.ts';
import { EntryForm } from './EntryForm.tsx';
import { FIELDS, PERSON_FIELDS } from './fields.ts';
import { valuesOf } from './initial.ts';
import { LeaveDialog } from './LeaveDialog.tsx';
import { ConflictNote, DraftNote, PersonSwitch, StaleRevision } from './notes.tsx';
import { useEntryForm } from './use-entry-form.ts';
import { useLeaveGuard } from './use-leave-guard.ts';
import { useOvertaken } from './use-overtaken.ts';
import type { Values } from './values.ts';

const STALE = 'stale-revision';
const BLANK_PERSON = { expertise: '', introduction: '' };

/** Changes an entry against the revision that was read; who was overtaken gets the newest and keeps the own edits. */
export function ChangeEntry({ entry: read }: { entry: DirectoryEntry }) {
  const { shell } = useDesk();
  const navigate = useNavigate();
  const [entry, setEntry] = useState(read);
  const address = entryAddress(entry.kind, entry);
  const form = useEntryForm({ kind: entry.kind, address, initial: valuesOf(entry) });
  const [saved, setSaved] = useState(false);
  const guard = useLeaveGuard(form.dirty && !saved);
  const withPerson = 'person' in form.values;
  const fields = withPerson ? [...FIELDS[entry.kind], ...PERSON_FIELDS] : FIELDS[entry.kind];

  const { conflicts, takeNewest } = useOvertaken({ entry, fields, form, onNewest: setEntry });

  async function save(): Promise<void> {
    const result = await form.submit(entry, entry.revision);
    if (!result) return;
    setSaved(true);
    const same = result.outcome === 'unchanged';
    shell.toast(same ? '内容没有变化，无需保存' : savedWords(entry.kind), same ? 'info' : 'success');
    void navigate(address, { replace: true });
  }

  return (
    <>
      <EntryForm
        label="修改"
        fields={fields}
        institution={entry.institutionCode}
        values={form.values}
        errors={form.errors}
        busy={form.busy}
        submitText={entry.kind === 'bookingRule' ? '提交备案' : '保存'}
        onChange={form.set}
        onSubmit={() => void save()}
        refusals={form.refusals}
        onLeaveField={form.check}
        onCancel={() => guard.ask(() => void navigate(address, { replace: true }))}
      >
        {form.restored && <DraftNote onDiscard={() => form.reset(valuesOf(entry))} />}
        {entry.kind === 'bookingRule' && (
          <Alert type="info" showIcon title="备案会产生新版本，已备案的版本保留不变。" />
        )}
        {conflicts && <ConflictNote labels={conflicts} />}
        {form.problem?.code === STALE ? (
          <StaleRevision onReload={() => void takeNewest()} />
        ) : (
          form.problem && <ProblemNote problem={form.problem} />
        )}
        {entry.kind === 'doctor' && !withPerson && (
          <PersonSwitch
            onOpen={() => form.setValues({ ...form.values, person: BLANK_PERSON } satisfies Values)}
          />
        )}
      </EntryForm>
      <LeaveDialog guard={guard} />
    </>
  );
}

function savedWords(kind: DirectoryEntry['kind']): string {
  return kind === 'bookingRule' ? '新版本已提交备案' : '修改已保存，并记入变更记录';
}
