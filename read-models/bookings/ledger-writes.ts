import type { LedgerEvent } from '@qingpu/contracts/events/slots';
import type { EventPlace } from '@qingpu/read-models-kernel/view';
import type { Write } from './write.ts';

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
      return [{ collection: 'standings', id: personId, set }];
    }
    case 'RightsRestored': {
      const { personId, cause, reason } = event.data;
      return [{ collection: 'standings', id: personId, set: { restored: { cause, reason, at, position } } }];
    }
    case 'PersonBlocked': {
      const { blockId, ...block } = event.data;
      const set = { ...block, lifted: false, liftedReason: null, listKey: `${block.from} ${blockId}` };
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
