import type { Kind } from '@qingpu/mfe-kit/directory';
import { ProblemNote } from '@qingpu/mfe-kit/react/ProblemNote.tsx';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { useDesk } from '../data/desk-context.tsx';
import { entryAddress, listAddress } from '../data/kinds.ts';
import { ownInstitution } from '../data/permissions.ts';
import { EntryForm } from './EntryForm.tsx';
import { FIELDS, PERSON_FIELDS } from './fields.ts';
import { blankValues } from './initial.ts';
import { CodeField, InstitutionField } from './KeyFields.tsx';
import { LeaveDialog } from './LeaveDialog.tsx';
import { DraftNote } from './notes.tsx';
import { useEntryForm } from './use-entry-form.ts';
import { useKeyFaults } from './use-key-faults.ts';
import { useLeaveGuard } from './use-leave-guard.ts';

/** Makes a new entry; refused by the server when its code is taken. */
export function CreateEntry({ kind }: { kind: Kind }) {
  const { shell } = useDesk();
  const navigate = useNavigate();
  const own = ownInstitution(shell.session);
  const [institution, setInstitution] = useState(own ?? '');
  const [code, setCode] = useState('');
  const keys = useKeyFaults(kind, institution, code);
  const form = useEntryForm({ kind, address: `${listAddress(kind)}/new`, initial: blankValues(kind) });
  const [saved, setSaved] = useState(false);
  const keyed = code !== '' || institution !== (own ?? '');
  const guard = useLeaveGuard((form.dirty || keyed) && !saved);
  const ownCode = kind === 'institution' ? institution : code;

  async function save(): Promise<void> {
    if (!keys.checkAll()) return;
    const result = await form.submit({ institutionCode: institution, code: ownCode }, undefined);
    if (!result) return;
    setSaved(true);
    shell.toast('已新增，并记入变更记录', 'success');
    void navigate(entryAddress(kind, { institutionCode: institution, code: ownCode }), { replace: true });
  }

  return (
    <>
      <EntryForm
        label="新增"
        fields={kind === 'doctor' ? [...PERSON_FIELDS, ...FIELDS.doctor] : FIELDS[kind]}
        institution={institution}
        values={form.values}
        errors={form.errors}
        busy={form.busy}
        submitText={kind === 'bookingRule' ? '提交备案' : '新增'}
        onChange={form.set}
        onSubmit={() => void save()}
        refusals={form.refusals}
        onLeaveField={form.check}
        onCancel={() => guard.ask(() => void navigate(listAddress(kind)))}
      >
        {form.restored && <DraftNote onDiscard={() => form.reset(blankValues(kind))} />}
        {form.problem && <ProblemNote problem={form.problem} />}
        <div className="fields">
          {kind === 'institution' ? (
            <CodeField
              label="卫生机构代码"
              help="22位，WS 218-2002。"
              value={institution}
              error={keys.shown.institution}
              onChange={setInstitution}
              onLeave={keys.check}
            />
          ) : (
            <>
              {!own && (
                <InstitutionField
                  value={institution}
                  error={keys.shown.institution}
                  onChange={setInstitution}
                />
              )}
              <CodeField
                label="编码"
                help="字母、数字和下划线，最长32位；登记后不能修改。"
                value={code}
                error={keys.shown.code}
                onChange={setCode}
                onLeave={keys.check}
              />
            </>
          )}
        </div>
      </EntryForm>
      <LeaveDialog guard={guard} lost="编码和姓名、证件等个人信息" />
    </>
  );
}
