import type { CommandBus } from '@nestjs/cqrs';
import type { ScheduleEvent } from '@qingpu/contracts/events/slots';
import { fold } from '@qingpu/domains-kernel/decider';
import { guidancePolicy } from '@qingpu/domains-slots/booking-policy';
import { type KnownSchedule, schedule } from '@qingpu/domains-slots/schedule';
import {
  at,
  DAY,
  idOf,
  knownFacts,
  personId,
  sampleDetails,
  sampleEnvelope,
  scheduleKey,
} from '@qingpu/domains-slots/testing/sample-pool';
import { describe, expect, it, vi } from 'vitest';
import { HttpProblem } from '../http/http-problem.ts';
import { BookingDesk } from './booking-desk.ts';

const NOW = at(DAY, '07:30');
const foreign = new HttpProblem(404, 'person-unknown', '没有找到此人');
const request = {
  ...scheduleKey,
  start: '08:15',
  personId,
  tier: 'public',
  accountId: 'resident',
  cardId: null,
  channel: 'districtPortal',
  replaces: null,
  override: null,
} as const;

function sampleSchedule(): KnownSchedule {
  const command = { ...scheduleKey, details: sampleDetails(), facts: knownFacts, policy: guidancePolicy };
  const now = at('2026-02-01', '08:00');
  const events: readonly ScheduleEvent[] = schedule.decide(
    schedule.initialState,
    { type: 'RegisterSchedule', ...command },
    { now },
  );
  const known = fold(schedule, events);
  if (known.status === 'absent') throw new Error('the sample was not registered');
  return known;
}

/** A desk over a schedule of which so many slots are believed free, and what it asked for. */
function deskWith({ free, known = false }: { readonly free: number; readonly known?: boolean }) {
  const hints = {
    prepare: async () => undefined,
    countFree: () => free,
    mayKnow: () => known,
    note: vi.fn(),
  };
  const execute = vi.fn(async () => ({ bookingId: idOf(1) }));
  const permit = vi.fn(async () => undefined);
  const sample = sampleSchedule();
  const desk = new BookingDesk({ find: async () => sample } as never, hints as never, () => NOW);
  const book = (may: () => Promise<unknown> = permit) =>
    desk.book({ execute } as unknown as CommandBus, { request, envelope: sampleEnvelope(1), permit: may });
  return { book, execute, permit };
}

describe('the booking desk', () => {
  it('asks whether a caller may book before it books for them', async () => {
    const { book, execute, permit } = deskWith({ free: 1 });
    await book();
    expect(permit.mock.invocationCallOrder[0]).toBeLessThan(execute.mock.invocationCallOrder[0] ?? 0);
  });

  it('books nothing for who may not, and gives the place in line back', async () => {
    const { book, execute } = deskWith({ free: 1 });
    await expect(book(() => Promise.reject(foreign))).rejects.toBe(foreign);
    expect(execute).not.toHaveBeenCalled();
    await book();
    expect(execute).toHaveBeenCalledTimes(1);
  });

  it('tells that all is gone without asking anything about the caller', async () => {
    const { book, execute, permit } = deskWith({ free: 0 });
    await expect(book()).rejects.toMatchObject({ code: 'sold-out' });
    expect([permit.mock.calls.length, execute.mock.calls.length]).toEqual([0, 0]);
  });

  it('looks up who may have been served before, if they may book at all', async () => {
    const { book, execute } = deskWith({ free: 0, known: true });
    await expect(book(() => Promise.reject(foreign))).rejects.toBe(foreign);
    expect(execute).not.toHaveBeenCalled();
    await book();
    expect(execute).toHaveBeenCalledTimes(1);
  });
});
