import { disclosureSchema, FIELD_LABELS } from '@qingpu/contracts/http/institutions';
import { type ApiProblem, asProblem } from '@qingpu/mfe-kit/api-problem';
import type { EntryKey } from '@qingpu/mfe-kit/directory';
import { TextDialog } from '@qingpu/mfe-kit/react/TextDialog.tsx';
import { faultsOf } from '@qingpu/mfe-kit/schema';
import { Button, Descriptions } from 'antd';
import { useCallback, useEffect, useState } from 'react';
import type { DisclosedPerson } from '../data/desk-api.ts';
import { useDesk } from '../data/desk-context.tsx';

const SHOWN_SECONDS = 60;
const PERSON_FIELDS = ['residentId', 'mobile', 'certificateNumber'] as const;

interface PersonPanelProps {
  readonly entryKey: EntryKey;
  readonly masked: DisclosedPerson;
  readonly mayDisclose: boolean;
}

/** A doctor's identity data: masked, in clear for a stated purpose and for one minute only. */
export function PersonPanel({ entryKey, masked, mayDisclose }: PersonPanelProps) {
  const [asking, setAsking] = useState(false);
  const [clear, setClear] = useState<DisclosedPerson>();
  const hide = useCallback(() => setClear(undefined), []);
  const left = useCountdown(clear !== undefined, hide);
  const shown = clear ?? masked;
  return (
    <section className="panel" aria-labelledby="person-title">
      <div className="panel-head">
        <h2 id="person-title">个人信息</h2>
        {clear ? (
          <span className="panel-head-actions">
            <span aria-hidden="true">{left} 秒后自动隐藏</span>
            <Button onClick={hide}>立即隐藏</Button>
          </span>
        ) : (
          mayDisclose && <Button onClick={() => setAsking(true)}>查看完整信息</Button>
        )}
      </div>
      <Descriptions
        column={3}
        items={PERSON_FIELDS.map((name) => ({ key: name, label: FIELD_LABELS[name], children: shown[name] }))}
      />
      <p className="visually-hidden" role="status">
        {clear ? '已显示完整信息，60秒后自动隐藏' : ''}
      </p>
      {asking && (
        <DisclosureDialog
          entryKey={entryKey}
          onDisclosed={(person) => {
            setAsking(false);
            setClear(person);
          }}
          onCancel={() => setAsking(false)}
        />
      )}
    </section>
  );
}

/** Seconds left; calls `onEnd` when they have run out, however long the tab slept meanwhile. */
function useCountdown(running: boolean, onEnd: () => void): number {
  const [left, setLeft] = useState(SHOWN_SECONDS);
  useEffect(() => {
    if (!running) return;
    const end = Date.now() + SHOWN_SECONDS * 1000;
    setLeft(SHOWN_SECONDS);
    const timer = setInterval(() => {
      const seconds = Math.ceil((end - Date.now()) / 1000);
      setLeft(Math.max(seconds, 0));
      if (seconds <= 0) onEnd();
    }, 500);
    return () => clearInterval(timer);
  }, [running, onEnd]);
  return left;
}

interface DisclosureDialogProps {
  readonly entryKey: EntryKey;
  readonly onDisclosed: (person: DisclosedPerson) => void;
  readonly onCancel: () => void;
}

function DisclosureDialog({ entryKey, onDisclosed, onCancel }: DisclosureDialogProps) {
  const { api } = useDesk();
  const [purpose, setPurpose] = useState('');
  const [fault, setFault] = useState<string>();
  const [problem, setProblem] = useState<ApiProblem>();
  const [busy, setBusy] = useState(false);

  async function submit(): Promise<void> {
    const found = faultsOf(disclosureSchema, { purpose })['/purpose'];
    setFault(found);
    if (found) return;
    setBusy(true);
    try {
      onDisclosed(await api.disclose(entryKey, purpose.trim()));
    } catch (error) {
      setProblem(asProblem(error));
      setBusy(false);
    }
  }

  return (
    <TextDialog
      title="查看完整信息"
      label="查看用途"
      help="至少4个字，例如：核对执业证书信息。请勿填写姓名、身份证号或手机号。"
      okText="查看"
      value={purpose}
      fault={fault}
      problem={problem}
      busy={busy}
      onChange={setPurpose}
      onSubmit={() => void submit()}
      onCancel={onCancel}
    >
      <p>完整信息显示60秒后自动隐藏。本次查看的账号、时间和用途会被记录，用于审计。</p>
    </TextDialog>
  );
}
