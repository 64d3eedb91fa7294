import { Modal } from 'antd';
import { useDesk } from '../data/desk-context.tsx';

/** Asks once before unsaved edits are left behind. */
export function LeaveDialog({ wanted, onStay }: { wanted: string | undefined; onStay: () => void }) {
  const { shell } = useDesk();
  return (
    <Modal
      open={wanted !== undefined}
      title="有未保存的修改"
      okText="离开"
      cancelText="继续编辑"
      onOk={() => wanted && shell.navigate(wanted)}
      onCancel={onStay}
    >
      <p>离开后，草稿会在本标签页中保留；姓名、证件等个人信息不会保留，需要重新填写。</p>
    </Modal>
  );
}
