import { reasonSchema } from '@qingpu/contracts/http/institutions';
import { TextDialog } from '@qingpu/mfe-kit/react/TextDialog.tsx';
import type { Act } from '@qingpu/mfe-kit/react/use-act';
import { faultsOf } from '@qingpu/mfe-kit/schema';
import { Alert } from 'antd';
import { type ReactNode, useState } from 'react';

interface ReasonDialogProps {
  readonly title: string;
  /** What will happen, in a sentence. */
  readonly consequence: string;
  readonly okText: string;
  readonly danger?: boolean;
  readonly act: Act<string>;
  readonly onClose: () => void;
  /** Further choices above the reason. */
  readonly children?: ReactNode;
}

/** Says what will happen, asks for the reason, does it. */
export function ReasonDialog(props: ReasonDialogProps) {
  const { title, consequence, okText, danger = false, act, onClose, children } = props;
  const [reason, setReason] = useState('');
  const [fault, setFault] = useState<string>();
  const close = () => {
    act.forget();
    onClose();
  };
  const submit = async () => {
    const found = faultsOf(reasonSchema, { reason })['/reason'];
    setFault(found);
    if (!found && (await act.run(reason.trim()))) onClose();
  };
  return (
    <TextDialog
      title={title}
      label="原因"
      help="原因会记入记录，2至200个字。请勿填写姓名、身份证号或手机号。"
      okText={okText}
      danger={danger}
      value={reason}
      fault={fault}
      problem={act.problem}
      busy={act.busy}
      onChange={setReason}
      onSubmit={() => void submit()}
      onCancel={close}
    >
      <Alert showIcon type={danger ? 'warning' : 'info'} title={consequence} />
      {children}
    </TextDialog>
  );
}
