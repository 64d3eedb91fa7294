import type {
  AnnounceScheduleChangeCommand,
  WithdrawAnnouncementCommand,
} from '@qingpu/contracts/commands/slots';
import { scheduleEvents } from '@qingpu/contracts/events/slots';
import { reactionCommandId } from '@qingpu/domains-kernel/event-ids';
import type { ProcessManager } from '@qingpu/domains-kernel/process-manager';

const { ScheduleSuspended, SuspensionRevoked, DoctorSubstituted } = scheduleEvents;
const catalogue = { ScheduleSuspended, SuspensionRevoked, DoctorSubstituted };
const NAME = 'suspension-announcement';

/** Announces suspensions and substitutions to residents, and takes down what was revoked (F3.08). */
export const suspensionAnnouncementProcess: ProcessManager<
  typeof catalogue,
  AnnounceScheduleChangeCommand | WithdrawAnnouncementCommand
> = {
  name: NAME,
  catalogue,
  react({ type, data }) {
    const { institutionCode, scheduleId } = data;
    const announce = { type: 'AnnounceScheduleChange', institutionCode, scheduleId } as const;
    switch (type) {
      case 'ScheduleSuspended': {
        const { cause, starts } = data;
        const announcementId = announcementIdOf(data.suspensionId);
        return [{ ...announce, announcementId, kind: 'suspension', cause, starts }];
      }
      case 'DoctorSubstituted': {
        const announcementId = announcementIdOf(data.substitutionId);
        return [{ ...announce, announcementId, kind: 'substitution', cause: data.cause, starts: null }];
      }
      case 'SuspensionRevoked': {
        const announcementId = announcementIdOf(data.suspensionId);
        return [{ type: 'WithdrawAnnouncement', announcementId, reason: '停诊已撤销，恢复出诊' }];
      }
    }
  },
};

/** Of the suspension, not of the event: its revocation must find the same announcement. */
function announcementIdOf(causeId: string): string {
  return reactionCommandId(NAME, causeId, 0);
}
