import { CLOSED_LOOP_TAGS, type ClosedLoopTag } from '@qingpu/contracts/codes/slot-tables';
import { Tag } from 'antd';

const LOOKS: Partial<Record<ClosedLoopTag, 'good' | 'watch' | 'bad'>> = {
  open: 'good',
  fulfilled: 'good',
  held: 'watch',
  unreported: 'watch',
  lateCancelled: 'watch',
  noShow: 'bad',
  suspended: 'bad',
  cancelledByHospital: 'bad',
};

/** A slot's closed-loop tag; the word says everything, the colour only helps. */
export function SlotTag({ tag }: { tag: ClosedLoopTag }) {
  return <Tag className={`status ${LOOKS[tag] ?? 'quiet'}`}>{CLOSED_LOOP_TAGS[tag]}</Tag>;
}
