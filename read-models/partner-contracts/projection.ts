import { contractKindOf } from '@qingpu/contracts/codes/partner-contracts';
import type { EventOf } from '@qingpu/contracts/events/catalogue';
import { channelQuotaEvents } from '@qingpu/contracts/events/channel-quotas';
import { partnerContractEvents } from '@qingpu/contracts/events/partner-contracts';
import { scheduleEvents } from '@qingpu/contracts/events/slots';
import type { EventPlace, Projection } from '@qingpu/read-models-kernel/view';
import { partnerContractsView } from './view.ts';

const { ScheduleRegistered, ScheduleAmended } = scheduleEvents;
const catalogue = { ...partnerContractEvents, ...channelQuotaEvents, ScheduleRegistered, ScheduleAmended };
type ContractsEvent = EventOf<typeof catalogue>;

/** Folds what was verified of hospitals' interfaces, and when their schedules came in good form. */
export const partnerContracts: Projection<typeof catalogue> = {
  view: partnerContractsView,
  catalogue,
  async project(event, place) {
    if (event.type === 'ChannelQuotaSet') {
      const { partnerId, institutionCode } = event.data;
      const id = `${partnerId} ${institutionCode ?? '*'}`;
      return [{ collection: 'quotas', id, guard: place.position, set: event.data }];
    }
    const { institutionCode } = event.data;
    // What staff enter from a sheet proves nothing of the hospital's interface.
    if ('details' in event.data && place.metadata.actor.kind !== 'partner') return [];
    return [
      { collection: 'contracts', id: institutionCode, guard: place.position, set: fieldsOf(event, place) },
    ];
  },
};

function fieldsOf(
  event: Exclude<ContractsEvent, { type: 'ChannelQuotaSet' }>,
  { metadata: { occurredAt }, revision }: EventPlace,
): Readonly<Record<string, unknown>> {
  switch (event.type) {
    case 'PartnerContractVerified': {
      const line = lineAt(event.data);
      return {
        checkedAt: occurredAt,
        [`${line}.standing`]: 'verified',
        [`${line}.verifiedAt`]: occurredAt,
        [`${line}.fault`]: null,
        [`${line}.failures`]: 0,
      };
    }
    case 'PartnerContractFailed': {
      const line = lineAt(event.data);
      const { standing, fault, failures } = event.data;
      return {
        checkedAt: occurredAt,
        [`${line}.standing`]: standing,
        [`${line}.failedAt`]: occurredAt,
        [`${line}.failedRevision`]: revision,
        [`${line}.fault`]: fault,
        [`${line}.failures`]: failures,
      };
    }
    case 'PartnerTransmissionRefused':
      return { [`kinds.${event.data.kind}.refusedAt`]: occurredAt };
    case 'SlotsWithheld': {
      const { kinds, reason } = event.data;
      return Object.fromEntries(kinds.map((kind) => [`kinds.${kind}.held`, reason]));
    }
    case 'SlotsOfferedAgain':
      return Object.fromEntries(
        event.data.kinds.flatMap((kind) => [
          [`kinds.${kind}.held`, null],
          [`kinds.${kind}.excusedRevision`, revision],
        ]),
      );
    case 'ScheduleRegistered':
    case 'ScheduleAmended':
      return { [`kinds.${contractKindOf(event.data.details.kind)}.transmittedAt`]: occurredAt };
  }
}

function lineAt(data: { readonly kind: string; readonly interface: string }): string {
  return `kinds.${data.kind}.lines.${data.interface}`;
}
