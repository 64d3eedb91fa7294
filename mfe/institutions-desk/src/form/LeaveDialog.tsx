import { Modal } from 'antd';
import type { LeaveGuard } from './use-leave-guard.ts';

interface LeaveDialogProps {
  readonly guard: LeaveGuard;
  /** What the draft does not keep. */
  readonly lost?: string;
}

/** Asks once before unsaved edits are left behind. */
export function LeaveDialog({ guard, lost = '姓名、证件等个人信息' }: LeaveDialogProps) {
  const { leave, stay } = guard;
  return (
    <Modal
      open={leave !== undefined}
      title="有未保存的修改"
      okText="离开"
      cancelText="继续编辑"
      onOk={() => {
        stay();
        leave?.();
      }}
      onCancel={stay}
    >
      <p>离开后，草稿会在本标签页中保留；{lost}不会保留，需要重新填写。</p>
    </Modal>
  );
}
