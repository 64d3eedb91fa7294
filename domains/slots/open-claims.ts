import { ledgerEvents } from '@qingpu/contracts/events/slots';
import type { CommandEnvelope, CommandHandlingPorts } from '@qingpu/domains-kernel/command-handling';
import { readStream } from '@qingpu/domains-kernel/read-stream';
import { Rejection } from '@qingpu/domains-kernel/rejection';
import { actOnLedger, actOnSlot, stepOf } from './acting.ts';
import { bookingLedger, type ClaimStanding, claimOf, type KnownClaim } from './booking-ledger.ts';
import { claimMoved } from './ledger-rejections.ts';
import { claimCameThrough, claimVoided } from './rejections.ts';
import { ledgerStream } from './streams.ts';

/** A claim moves on a few times at most, so that whoever looks into it has soon seen all of its slots. */
const MOST_LOOKS = 8;

export interface ClaimAddress {
  readonly personId: string;
  readonly bookingId: string;
}

/**
 * Looks into a claim that was neither settled nor released: its booking was cut short, or is still under way.
 * Where a slot has the booking, the claim is settled. Where none has, each slot that was tried first gets the note that
 * this booking can never come through there; only then is the claim released. An append that arrives after that meets
 * a conflict, is decided again and finds the note.
 * @returns how the claim stands now
 * @throws Rejection when the ledger never heard of the claim, or when it moved on again and again
 */
export async function settleOpenClaim(
  ports: CommandHandlingPorts,
  { personId, bookingId }: ClaimAddress,
  envelope: CommandEnvelope,
): Promise<ClaimStanding['status']> {
  for (let look = 0; look < MOST_LOOKS; look++) {
    const state = await readStream(ports.log, ledgerStream(personId), ledgerEvents, bookingLedger);
    const claim = claimOf(state, bookingId);
    if (claim.standing.status !== 'open') return claim.standing.status;
    if (await voidEverywhere(ports, claim, envelope)) {
      await releaseUnlessMoved(ports, claim, stepOf(envelope, `release ${claim.tried.length}`));
    } else {
      const settle = { type: 'SettleClaim', personId, bookingId } as const;
      await actOnLedger(ports, personId, settle, stepOf(envelope, 'settle'));
    }
  }
  throw claimMoved();
}

/** The slot tried last comes first: if any has the booking, that one has. False as soon as one is found to have it. */
async function voidEverywhere(
  ports: CommandHandlingPorts,
  { slot, booking, tried }: KnownClaim,
  envelope: CommandEnvelope,
): Promise<boolean> {
  const { institutionCode, scheduleId } = slot;
  const { bookingId, personId } = booking;
  for (const slotId of tried.toReversed()) {
    const key = { institutionCode, scheduleId, slotId };
    try {
      const command = { type: 'VoidClaim', ...key, bookingId, personId } as const;
      await actOnSlot(ports, key, command, stepOf(envelope, `void ${slotId}`));
    } catch (error) {
      if (error instanceof Rejection && error.code === claimCameThrough().code) return false;
      throw error;
    }
  }
  return true;
}

async function releaseUnlessMoved(
  ports: CommandHandlingPorts,
  { booking: { personId, bookingId }, tried }: KnownClaim,
  envelope: CommandEnvelope,
): Promise<void> {
  const cause = claimVoided().code;
  try {
    await actOnLedger(ports, personId, { type: 'ReleaseClaim', personId, bookingId, tried, cause }, envelope);
  } catch (error) {
    if (!(error instanceof Rejection && error.code === claimMoved().code)) throw error;
  }
}
