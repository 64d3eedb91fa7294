import { ledgerEvents, slotEvents } from '@qingpu/contracts/events/slots';
import { readEvents } from '@qingpu/domains-kernel/read-stream';
import { FakeSealer } from '@qingpu/domains-kernel/testing/fake-sealer';
import { describe, expect, it } from 'vitest';
import { appealCorrectionProcess } from './appeal-correction.process.ts';
import type { BookingAnswer } from './booking.ts';
import {
  BlockPerson,
  BlockPersonHandler,
  CorrectAppealed,
  CorrectAppealedHandler,
  DecideAppeal,
  DecideAppealHandler,
  FileAppeal,
  FileAppealHandler,
  RestoreRights,
  RestoreRightsHandler,
  UnblockPerson,
  UnblockPersonHandler,
} from './ledger.handlers.ts';
import { slotStream } from './streams.ts';
import { BookingWorld } from './testing/booking-world.ts';
import { at, DAY, idOf, institutionCode, personId, scheduleKey } from './testing/sample-pool.ts';

const rejected = (code: string) => expect.objectContaining({ name: 'Rejection', code });
const slotA = { ...scheduleKey, slotId: 'A1' };
const APPEAL = idOf(80);
const STATEMENT = '当天在住院，有出院小结';

/** Somebody whom one no-show is enough to suspend. */
class Court extends BookingWorld {
  readonly sealer = new FakeSealer();

  async missed(): Promise<BookingAnswer> {
    this.policy = { ...this.policy, noShowCount: 1 };
    const booked = await this.book(1);
    await this.settle();
    this.now = at(DAY, '17:00');
    const { bookingId } = booked;
    await this.actOnSlot(slotA, { type: 'ReportOutcome', ...slotA, bookingId, outcome: 'noShow' });
    await this.settle();
    return booked;
  }

  appeal(id: string, kind: 'booking' | 'block' = 'booking') {
    const appeal = { personId, appealId: APPEAL, subject: { kind, id }, statement: STATEMENT };
    return new FileAppealHandler(this.handling, this.sealer).execute(new FileAppeal(appeal, this.envelope()));
  }

  decide(upheld: boolean) {
    const decision = { personId, appealId: APPEAL, upheld, reason: '材料属实' };
    return new DecideAppealHandler(this.handling).execute(new DecideAppeal(decision, this.envelope()));
  }

  /** The processes of appeals and of settlement. */
  async follow(): Promise<void> {
    const handler = new CorrectAppealedHandler(this.handling);
    await this.react(appealCorrectionProcess, (command, envelope) =>
      handler.execute(new CorrectAppealed(command, envelope)),
    );
    await this.settle();
  }

  relieve() {
    return new RestoreRightsHandler(this.handling).execute(
      new RestoreRights(personId, '住院', this.envelope()),
    );
  }

  block(scope: string) {
    const block = {
      personId,
      blockId: idOf(70),
      kind: 'scalping' as const,
      source: scope,
      scope,
      reason: '转卖号源',
      from: '2026-03-10',
      until: null,
    };
    return new BlockPersonHandler(this.handling).execute(new BlockPerson(block, this.envelope()));
  }

  unblock(by: string) {
    const unblocking = { personId, blockId: idOf(70), by, reason: '核实' };
    return new UnblockPersonHandler(this.handling).execute(new UnblockPerson(unblocking, this.envelope()));
  }

  async standing(bookingId: string) {
    return (await this.ledgerOf()).claims.get(bookingId)?.standing;
  }
}

describe('a no-show that the hospital reports', () => {
  it('suspends by the rule of that hospital, until relief', async () => {
    const court = new Court();
    const { bookingId } = await court.missed();
    expect(await court.standing(bookingId)).toEqual({ status: 'closed', outcome: 'noShow', on: DAY });
    court.addSchedule('P2', { date: '2026-03-20' });
    const next = { scheduleId: 'P2' };
    await expect(court.book(2, next)).rejects.toEqual(rejected('rights-suspended'));
    await expect(court.relieve()).resolves.toMatchObject({ kind: 'accepted' });
    await expect(court.book(3, next)).resolves.toMatchObject({ state: 'booked' });
    await expect(court.relieve()).rejects.toEqual(rejected('rights-not-suspended'));
  });
});

describe('an appeal against it', () => {
  it('keeps what the person says sealed', async () => {
    const court = new Court();
    const { bookingId } = await court.missed();
    await court.appeal(bookingId);
    const [statement] = court.log
      .all()
      .flatMap((stored) => readEvents(ledgerEvents, [stored]))
      .flatMap((event) => (event.type === 'AppealFiled' ? [event.data.statement] : []));
    if (!statement) throw new Error('no appeal was filed');
    expect(JSON.stringify(statement)).not.toContain(STATEMENT);
    expect(await court.sealer.open(statement)).toEqual({ statement: STATEMENT });
    expect(statement.subject).toBe(`person:${personId}`);
  });

  it('cannot be filed for who has been erased', async () => {
    const court = new Court();
    const { bookingId } = await court.missed();
    await court.sealer.erase(`person:${personId}`);
    await expect(court.appeal(bookingId)).rejects.toEqual(rejected('person-erased'));
  });

  it('that is upheld corrects the slot, the ledger follows, and the rights come back', async () => {
    const court = new Court();
    const { bookingId } = await court.missed();
    await court.appeal(bookingId);
    await court.decide(true);
    await court.follow();
    expect((await court.slot(slotA)).ended.get(bookingId)?.outcome).toBe('unreported');
    expect(await court.standing(bookingId)).toMatchObject({ outcome: 'unreported' });
    expect(court.types('ledger-').slice(-3)).toEqual(['AppealDecided', 'ClosureCorrected', 'RightsRestored']);
    const restored = court.log.all().at(-1);
    expect(restored?.data).toMatchObject({ cause: 'appeal', reason: '材料属实' });
    await court.follow();
    const events = readEvents(slotEvents, await court.log.readStream(slotStream(slotA)));
    expect(events.filter(({ type }) => type === 'OutcomeCorrected')).toHaveLength(1);
  });

  it('against a late cancellation makes it one in time', async () => {
    const court = new Court();
    const { bookingId } = await court.book(1);
    court.now = at(DAY, '07:00');
    const { policy } = court;
    const cancellation = { type: 'CancelBooking', ...slotA, bookingId, by: 'patient', policy } as const;
    await court.actOnSlot(slotA, { ...cancellation, reason: '', currentDoctor: 'D1' });
    await court.settle();
    expect(await court.standing(bookingId)).toMatchObject({ outcome: 'lateCancelled' });
    await court.appeal(bookingId);
    await court.decide(true);
    await court.follow();
    expect(await court.standing(bookingId)).toMatchObject({ outcome: 'cancelledByPatient' });
  });

  it('that is dismissed changes nothing', async () => {
    const court = new Court();
    const { bookingId } = await court.missed();
    await court.appeal(bookingId);
    await court.decide(false);
    await court.follow();
    expect(await court.standing(bookingId)).toMatchObject({ outcome: 'noShow' });
    expect(court.types('').at(-1)).toBe('AppealDecided');
  });

  it('finds nothing to take back when the hospital has corrected its report', async () => {
    const court = new Court();
    const { bookingId } = await court.missed();
    await court.appeal(bookingId);
    const report = {
      type: 'CorrectOutcome',
      ...slotA,
      bookingId,
      to: 'fulfilled',
      because: 'report',
    } as const;
    await court.actOnSlot(slotA, { ...report, reason: '误报' });
    await court.decide(true);
    await court.follow();
    expect(await court.standing(bookingId)).toMatchObject({ outcome: 'fulfilled' });
  });
});

describe('a block', () => {
  it('stops bookings at its institution until it is lifted', async () => {
    const court = new Court();
    await court.block(institutionCode);
    await expect(court.book(1)).rejects.toEqual(rejected('person-blocked'));
    await expect(court.unblock('another')).rejects.toEqual(rejected('block-of-others'));
    await court.unblock(institutionCode);
    await expect(court.book(2)).resolves.toMatchObject({ state: 'booked' });
  });

  it('is lifted by an appeal that is upheld, which has nothing to correct on a slot', async () => {
    const court = new Court();
    await court.block('district');
    await court.appeal(idOf(70), 'block');
    await court.decide(true);
    await court.follow();
    expect(court.types('').slice(-2)).toEqual(['AppealDecided', 'PersonUnblocked']);
    await expect(court.book(1)).resolves.toMatchObject({ state: 'booked' });
  });
});
