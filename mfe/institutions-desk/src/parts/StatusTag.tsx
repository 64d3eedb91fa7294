import { type EntryStatus, STATUS_NAMES } from '@qingpu/contracts/http/institutions';
import { Tag } from 'antd';

const CLASSES: Readonly<Record<EntryStatus, string>> = { active: 'good', inactive: 'quiet', erased: 'bad' };

export function StatusTag({ status }: { status: EntryStatus }) {
  return <Tag className={`status ${CLASSES[status]}`}>{STATUS_NAMES[status]}</Tag>;
}
