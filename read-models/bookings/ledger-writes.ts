import type { LedgerEvent } from '@qingpu/contracts/events/slots';
import { shanghaiDateAt } from '@qingpu/contracts/slots/shanghai-calendar';
import type { EventPlace } from '@qingpu/read-models-kernel/view';
import type { Write } from './write.ts';

type RightsSuspension = Extract<LedgerEvent, { type: 'RightsSuspended' }>['data'];

/** What a person's ledger says: claims, what bookings count as, rights, blocks and appeals. */
export function ledgerWrites(event: LedgerEvent, place: EventPlace): readonly Write[] {
  const { position } = place;
  const at = place.metadata.occurredAt;
  switch (event.type) {
    case 'BookingClaimed': {
      const { personId, slot, booking, override } = event.data;
      const { institutionCode, scheduleId } = slot;
      const said = { personId, institutionCode, scheduleId, override, cause: null };
      return [claim(booking.bookingId, { ...said, state: 'open', claimedAt: Date.parse(at) })];
    }
    case 'ClaimMoved':
    case 'LedgerClosed':
      return [];
    case 'ClaimSettled':
      return [claim(event.data.bookingId, { state: 'settled' })];
    case 'ClaimReleased':
      return [claim(event.data.bookingId, { state: 'released', cause: event.data.cause })];
    case 'BookingClosed': {
      const { bookingId, outcome, on } = event.data;
      return [closure(bookingId, { outcome, on })];
    }
    case 'ClosureCorrected': {
      const { bookingId, outcome, reason } = event.data;
      return [closure(bookingId, { outcome, corrected: reason })];
    }
    case 'RightsSuspended': {
      const { personId, ...suspension } = event.data;
      const set = { [`suspensions.p${position}`]: { ...suspension, at, position } };
      return [{ collection: 'standings', id: personId, set }, ...automaticBlock(event.data, at)];
    }
    case 'RightsRestored': {
      const { personId, cause, reason } = event.data;
      return [
        { collection: 'standings', id: personId, set: { restored: { cause, reason, at, position } } },
        { collection: 'blocks', id: personId, set: { lifted: true, liftedReason: reason } },
      ];
    }
    case 'PersonBlocked': {
      const { blockId, ...block } = event.data;
      const listKey = `${block.from} ${blockId}`;
      const set = { ...block, automatic: false, lifted: false, liftedReason: null, listKey };
      return [{ collection: 'blocks', id: blockId, set }];
    }
    case 'PersonUnblocked': {
      const { blockId, reason } = event.data;
      return [{ collection: 'blocks', id: blockId, set: { lifted: true, liftedReason: reason } }];
    }
    case 'AppealFiled': {
      const { appealId, ...appeal } = event.data;
      const order = { filedAt: at, listKey: `${instantOf(at)} ${appealId}` };
      const set = { ...appeal, ...order, state: 'filed', decisionReason: null };
      return [{ collection: 'appeals', id: appealId, set }];
    }
    case 'AppealDecided': {
      const { appealId, upheld, reason } = event.data;
      const set = { state: upheld ? 'upheld' : 'dismissed', decisionReason: reason };
      return [{ collection: 'appeals', id: appealId, set }];
    }
  }
}

/** Who misses visits again and again comes on the black list by the rule (A5.16), under the person's id. */
function automaticBlock(
  { personId, cause, bookingIds, institutionCode, until }: RightsSuspension,
  at: string,
): readonly Write[] {
  if (cause !== 'noShow') return [];
  const from = shanghaiDateAt(new Date(at));
  const set = {
    personId,
    kind: 'noShow',
    source: institutionCode,
    scope: 'district',
    automatic: true,
    reason: `爽约${bookingIds.length}次，按规则自动暂停网上预约`,
    from,
    until,
    lifted: false,
    liftedReason: null,
    listKey: `${from} ${personId}`,
  };
  return [{ collection: 'blocks', id: personId, set }];
}

/** Times in one zone, so that their texts are in their order. */
function instantOf(at: string): string {
  return new Date(at).toISOString();
}

function claim(bookingId: string, set: Write['set']): Write {
  return { collection: 'claims', id: bookingId, set };
}

/** Beside what the slot says of the booking, which says it first. */
function closure(bookingId: string, parts: Readonly<Record<string, string>>): Write {
  const set = Object.fromEntries(Object.entries(parts).map(([name, value]) => [`closure.${name}`, value]));
  return { collection: 'bookings', id: bookingId, set };
}
