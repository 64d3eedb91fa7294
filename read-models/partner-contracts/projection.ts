import { contractKindOf } from '@qingpu/contracts/codes/partner-contracts';
import type { EventOf } from '@qingpu/contracts/events/catalogue';
import { channelQuotaEvents } from '@qingpu/contracts/events/channel-quotas';
import { partnerContractEvents } from '@qingpu/contracts/events/partner-contracts';
import { scheduleEvents } from '@qingpu/contracts/events/slots';
import type { EventPlace, Projection } from '@qingpu/read-models-kernel/view';
import type { ViewWrite } from '@qingpu/read-models-kernel/view-store';
import { partnerContractsView, type TransmissionDocument } from './view.ts';

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
    const contract = {
      collection: 'contracts',
      id: institutionCode,
      guard: place.position,
      set: fieldsOf(event, place),
    };
    return [contract, ...transmissionOf(event, place)];
  },
};

const MINUTE = 'YYYY-MM-DDTHH:MM'.length;

/** One document for each minute: a batch of schedules is one transmission. */
function transmissionOf(
  event: ContractsEvent,
  { position, metadata: { occurredAt } }: EventPlace,
): ViewWrite[] {
  const sent = sentIn(event);
  if (!sent) return [];
  const { institutionCode, kind, wellFormed } = sent;
  const id = `${institutionCode} ${kind} ${new Date(occurredAt).toISOString().slice(0, MINUTE)}`;
  const set = { institutionCode, kind, at: occurredAt, wellFormed };
  return [{ collection: 'transmissions', id, guard: position, set }];
}

function sentIn(
  event: ContractsEvent,
): Pick<TransmissionDocument, 'institutionCode' | 'kind' | 'wellFormed'> | undefined {
  switch (event.type) {
    case 'PartnerTransmissionRefused':
      return { institutionCode: event.data.institutionCode, kind: event.data.kind, wellFormed: false };
    case 'ScheduleRegistered':
    case 'ScheduleAmended': {
      const { institutionCode, details } = event.data;
      return { institutionCode, kind: contractKindOf(details.kind), wellFormed: true };
    }
    default:
      return undefined;
  }
}

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
    case 'PartnerSelfCheckUnoffered': {
      const line = lineAt(event.data);
      return {
        checkedAt: occurredAt,
        [`${line}.standing`]: 'unoffered',
        [`${line}.fault`]: 'no-self-check',
        [`${line}.failures`]: 0,
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
