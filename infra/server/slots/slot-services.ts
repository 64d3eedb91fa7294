import { ViewReader } from '@qingpu/read-models-kernel/view-reader';
import { SlotPool } from '@qingpu/read-models-slot-pool/queries';
import { slotPoolView } from '@qingpu/read-models-slot-pool/view';
import type { Platform } from '../platform.ts';
import { DirectoryNames } from './directory-names.ts';
import { FiledPolicies } from './filed-policies.ts';
import { DirectoryScheduleReferences } from './schedule-references.ts';

/** What the slot pool's controllers and handlers share, made once a process. */
export interface SlotServices {
  readonly pool: SlotPool;
  readonly names: DirectoryNames;
  readonly policies: FiledPolicies;
  readonly references: DirectoryScheduleReferences;
}

export function slotServicesOf(platform: Platform): SlotServices {
  const { views, checkpoints, subscription, board, directory, log } = platform;
  const head = () => subscription.headPosition();
  return {
    pool: new SlotPool(new ViewReader(slotPoolView, views, checkpoints, head, { board })),
    names: new DirectoryNames(directory),
    policies: new FiledPolicies(directory),
    references: new DirectoryScheduleReferences(log),
  };
}
