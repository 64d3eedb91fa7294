import { KIND_NAMES } from '@qingpu/contracts/http/institutions';
import type { Kind } from '@qingpu/mfe-kit/directory';
import { TextDialog } from '@qingpu/mfe-kit/react/TextDialog.tsx';
import { Alert } from 'antd';
import type { Act, ChangeResult, Target } from '../data/desk-api.ts';
import { useReasonedAct } from '../data/use-reasoned-act.ts';

interface ActDialogProps {
  readonly act: Act;
  readonly target: Target;
  readonly name: string;
  readonly onDone: (result: ChangeResult) => void;
  readonly onCancel: () => void;
}

export const ACT_NAMES: Readonly<Record<Act, string>> = {
  deactivation: '停用',
  reactivation: '重新启用',
  erasure: '注销',
};

/** Says what will happen, asks for the reason, does it. */
export function ActDialog({ act, target, name, onDone, onCancel }: ActDialogProps) {
  const { reason, setReason, fault, problem, busy, submit } = useReasonedAct(act, target, onDone);
  const title = `${ACT_NAMES[act]}${KIND_NAMES[target.kind]}：${name}`;
  return (
    <TextDialog
      title={title}
      label={`${ACT_NAMES[act]}原因`}
      help="原因会记入变更记录，2至200个字。请勿填写姓名、身份证号或手机号。"
      okText={act === 'erasure' ? '确认注销' : ACT_NAMES[act]}
      danger={act !== 'reactivation'}
      value={reason}
      fault={fault}
      problem={problem}
      busy={busy}
      onChange={setReason}
      onSubmit={() => void submit()}
      onCancel={onCancel}
    >
      <Alert showIcon type={act === 'erasure' ? 'error' : 'warning'} title={consequence(act, target.kind)} />
    </TextDialog>
  );
}

function consequence(act: Act, kind: Kind): string {
  if (act === 'erasure') {
    return '注销后，该医生的姓名、证件号、手机号等个人信息将被永久销毁，任何人都无法恢复；变更记录保留，但只显示“已注销”。';
  }
  if (act === 'reactivation') return '重新启用后，居民端会恢复显示，各渠道可再次使用。';
  if (kind === 'institution') return '停用后，居民端不再显示该机构，新的预约不再受理；可随时重新启用。';
  if (kind === 'bookingRule') return '停用后，该规则不再用于新的预约；已备案的版本保留，可随时重新启用。';
  return '停用后，居民端和各预约渠道不再显示这条记录；可随时重新启用。';
}
