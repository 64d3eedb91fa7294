import { ledgerEvents } from '@qingpu/contracts/events/slots';
import type {
  AcceptedOutcome,
  CommandEnvelope,
  CommandHandlingPorts,
} from '@qingpu/domains-kernel/command-handling';
import { readStream } from '@qingpu/domains-kernel/read-stream';
import { Rejection } from '@qingpu/domains-kernel/rejection';
import { actOnLedger, actOnSlot, stepOf } from './acting.ts';
import { activeClaims, bookingLedger, claimOf, type LedgerState } from './booking-ledger.ts';
import { settleOpenClaim } from './open-claims.ts';
import type { BookingPolicies } from './ports.ts';
import { bookingOver, checkedInAlready, intervalOver } from './rejections.ts';
import { ledgerStream } from './streams.ts';

const REASON = '就诊人已注销';
/** A visit that is under way or over stays as it is: the hospital reports what became of it. */
const LEFT = new Set([checkedInAlready().code, intervalOver().code, bookingOver('fulfilled').code]);

/**
 * Closes the ledger of a person who was erased, then calls off what they had booked. The closing comes first, on the
 * stream where claims are made: a claim is either seen here, or refused. Repeating it finds what it would do done.
 */
export async function closeLedger(
  ports: CommandHandlingPorts,
  policies: BookingPolicies,
  personId: string,
  envelope: CommandEnvelope,
): Promise<AcceptedOutcome> {
  const outcome = await actOnLedger(ports, personId, { type: 'CloseLedger', personId }, envelope);
  const active = activeClaims(await ledgerOf(ports, personId));
  for (const { booking } of active) {
    const step = stepOf(envelope, booking.bookingId);
    await settleOpenClaim(ports, { personId, bookingId: booking.bookingId }, step);
    await callOff(ports, policies, { personId, bookingId: booking.bookingId }, step);
  }
  return outcome;
}

async function callOff(
  ports: CommandHandlingPorts,
  policies: BookingPolicies,
  { personId, bookingId }: { readonly personId: string; readonly bookingId: string },
  envelope: CommandEnvelope,
): Promise<void> {
  const { slot, standing } = claimOf(await ledgerOf(ports, personId), bookingId);
  if (standing.status !== 'settled') return;
  const { institutionCode, scheduleId, slotId } = slot;
  const address = { institutionCode, scheduleId, slotId, bookingId };
  const policy = await policies.for(slot);
  // No doctor is named: nobody is late who is not there any more.
  const cancel = { type: 'CancelBooking', ...address, by: 'patient', reason: REASON, policy } as const;
  try {
    await actOnSlot(ports, address, { ...cancel, currentDoctor: null }, stepOf(envelope, 'cancel'));
  } catch (error) {
    if (!(error instanceof Rejection && LEFT.has(error.code))) throw error;
  }
}

function ledgerOf(ports: CommandHandlingPorts, personId: string): Promise<LedgerState> {
  return readStream(ports.log, ledgerStream(personId), ledgerEvents, bookingLedger);
}
