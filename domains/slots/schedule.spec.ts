import type { Tier } from '@qingpu/contracts/codes/slot-tables';
import type { ScheduleDetails, ScheduleEvent } from '@qingpu/contracts/events/slots';
import { fold } from '@qingpu/domains-kernel/decider';
import { Rejection } from '@qingpu/domains-kernel/rejection';
import { specify } from '@qingpu/domains-kernel/testing/decider-specification';
import { describe, expect, it } from 'vitest';
import { type BookingPolicy, guidancePolicy } from './booking-policy.ts';
import { releasePlan } from './release-plan.ts';
import {
  currentDoctor,
  type KnownSchedule,
  type ScheduleCommand,
  schedule,
  slotFactsOf,
  slotsOnOffer,
  suspendedSlots,
} from './schedule.ts';
import type { ScheduleFacts } from './schedule-facts.ts';
import { mayStandIn } from './substitution.ts';
import { at, DAY, idOf, knownFacts, sampleDetails, sampleSlot, scheduleKey } from './testing/sample-pool.ts';

const ALL = ['A1', 'A2', 'B1'];
/** Before the first quota opens, with the public's open, with the reserves returned, after the last interval. */
const UNRELEASED = { now: at('2026-02-20', '10:00') };
const OPEN = { now: at('2026-03-10', '10:00') };
const OVER = { now: at(DAY, '08:30') };
const LAST = { now: new Date(OVER.now.getTime() - 1) };

const plan = releasePlan(guidancePolicy, DAY);
const stands = { mode: 'hosted', sensitivity: 'usual', doctorTitle: '232' } as const;

const register = (
  details: ScheduleDetails = sampleDetails(),
  facts: Partial<ScheduleFacts> = {},
  policy: Partial<BookingPolicy> = {},
): ScheduleCommand => ({
  type: 'RegisterSchedule',
  ...scheduleKey,
  details,
  facts: { ...knownFacts, ...facts },
  policy: { ...guidancePolicy, ...policy },
});
const interval = (start: string, end: string, slotIds: readonly string[], tier: Tier = 'public') => ({
  start,
  end,
  slots: slotIds.map((slotId) => ({ slotId, tier })),
});
const add = (...intervals: ScheduleDetails['intervals']): ScheduleCommand => ({
  type: 'AddSlots',
  ...scheduleKey,
  intervals,
  policy: guidancePolicy,
});
const withdraw = (...slotIds: string[]): ScheduleCommand => ({
  type: 'WithdrawSlots',
  ...scheduleKey,
  withdrawalId: idOf(1),
  slotIds,
  reason: '设备检修',
});
const suspend = (starts: string[] | null = null, number = 2): ScheduleCommand => ({
  type: 'SuspendSchedule',
  ...scheduleKey,
  suspensionId: idOf(number),
  cause: 'surgery',
  reason: '急诊手术',
  starts,
});
const revoke = (number = 2): ScheduleCommand => ({
  type: 'RevokeSuspension',
  ...scheduleKey,
  suspensionId: idOf(number),
  reason: '手术改期',
});
const substitute = (
  doctorCode = 'D2',
  doctorTitle: '231' | '232' | '233' | null = '232',
): ScheduleCommand => ({
  type: 'SubstituteDoctor',
  ...scheduleKey,
  substitutionId: idOf(3),
  doctorCode,
  doctorTitle,
  cause: 'travel',
  reason: '出差',
});
const close: ScheduleCommand = { type: 'CloseSchedule', ...scheduleKey, reason: '提前截止' };
const opened = (tier: Tier): ScheduleCommand => ({ type: 'RecordTierOpened', ...scheduleKey, tier });
const returned: ScheduleCommand = { type: 'RecordQuotaReturned', ...scheduleKey };

const event = (type: ScheduleEvent['type'], data: object) =>
  ({ type, data: { ...scheduleKey, ...data } }) as ScheduleEvent;
const registered = event('ScheduleRegistered', { details: sampleDetails(), ...stands, plan });
const amended = (details: ScheduleDetails) =>
  event('ScheduleAmended', { details, ...stands, plan: releasePlan(guidancePolicy, details.date) });
const added = (...intervals: ScheduleDetails['intervals']) => event('SlotsAdded', { intervals });
const withdrawn = (...slotIds: string[]) =>
  event('SlotsWithdrawn', { withdrawalId: idOf(1), slotIds, reason: '设备检修' });
const suspended = (starts: string[] | null = null, slotIds = ALL, number = 2) =>
  event('ScheduleSuspended', {
    suspensionId: idOf(number),
    cause: 'surgery',
    reason: '急诊手术',
    starts,
    slotIds,
  });
const revoked = (slotIds = ALL, number = 2) =>
  event('SuspensionRevoked', { suspensionId: idOf(number), reason: '手术改期', slotIds });
const substituted = (doctorCode = 'D2', doctorTitle = '232') =>
  event('DoctorSubstituted', {
    substitutionId: idOf(3),
    doctorCode,
    doctorTitle,
    cause: 'travel',
    reason: '出差',
  });
const closed = event('ScheduleClosed', { reason: '提前截止' });

const given = (...history: ScheduleEvent[]) => specify(schedule).given(history);
const known = (...history: ScheduleEvent[]) => fold(schedule, [registered, ...history]) as KnownSchedule;

describe('a schedule that is not registered', () => {
  it('can only be registered', () => {
    given().when(register(), UNRELEASED).thenEvents([registered]);
    for (const command of [
      add(interval('09:00', '09:15', ['C1'])),
      withdraw('A1'),
      suspend(),
      revoke(),
      substitute(),
      close,
      opened('public'),
      returned,
    ])
      given().when(command, OPEN).thenRejected('schedule-unknown');
  });

  it('stands on what the directory knows', () => {
    const rejected = (facts: Partial<ScheduleFacts>, code: string) =>
      given().when(register(sampleDetails(), facts), UNRELEASED).thenRejected(code);
    rejected({ mode: null }, 'institution-not-registered');
    rejected({ sensitivity: null }, 'department-not-registered');
    rejected({ clinicActive: false }, 'clinic-not-registered');
    rejected({ doctorTitle: null }, 'doctor-not-registered');
  });

  it('names a clinic, a doctor or both', () => {
    const clinic = sampleDetails({ doctorCode: null });
    given()
      .when(register(clinic, { doctorTitle: null }), UNRELEASED)
      .thenEvents([event('ScheduleRegistered', { details: clinic, ...stands, doctorTitle: null, plan })]);
    const doctor = sampleDetails({ clinicCode: null });
    given()
      .when(register(doctor, { clinicActive: false }), UNRELEASED)
      .thenEvents([event('ScheduleRegistered', { details: doctor, ...stands, plan })]);
  });

  it('takes over how the institution keeps slots and how sensitive the department is', () => {
    given()
      .when(register(sampleDetails(), { mode: 'shared', sensitivity: 'level5' }), UNRELEASED)
      .thenEvents([
        event('ScheduleRegistered', {
          details: sampleDetails(),
          mode: 'shared',
          sensitivity: 'level5',
          doctorTitle: '232',
          plan,
        }),
      ]);
  });

  it('has intervals no longer than the rule on file allows', () => {
    given()
      .when(register(sampleDetails(), {}, { intervalMinutes: 10 }), UNRELEASED)
      .thenRejected('interval-too-long');
    const half = sampleDetails({ intervals: [interval('08:00', '08:30', ALL)] });
    given().when(register(half), UNRELEASED).thenRejected('interval-too-long');
    given()
      .when(register(half, {}, { intervalMinutes: 30 }), UNRELEASED)
      .thenEvents([event('ScheduleRegistered', { details: half, ...stands, plan })]);
  });

  it('can be registered until its last interval is over, and is open at once then', () => {
    given().when(register(), LAST).thenEvents([registered]);
    given().when(register(), OVER).thenRejected('schedule-in-past');
  });
});

describe('a schedule before its first quota opens', () => {
  const later = sampleDetails({ feeFen: 3000, date: '2026-03-17' });

  it('registered again as it is, nothing happens, however it is written', () => {
    given(registered).when(register(), UNRELEASED).thenNothingHappened();
    const reversed = Object.fromEntries(Object.entries(sampleDetails()).reverse()) as ScheduleDetails;
    given(registered).when(register(reversed), UNRELEASED).thenNothingHappened();
    given(registered, amended(later)).when(register(later), UNRELEASED).thenNothingHappened();
  });

  it('is amended, with its plan', () => {
    given(registered)
      .when(register(later), UNRELEASED)
      .thenEvents([amended(later)]);
    given(registered, amended(later))
      .when(register(), UNRELEASED)
      .thenEvents([amended(sampleDetails())]);
  });

  it('is amended under the same checks', () => {
    given(registered)
      .when(register(later, { mode: null }), UNRELEASED)
      .thenRejected('institution-not-registered');
    const past = sampleDetails({ date: '2026-02-19' });
    given(registered).when(register(past), UNRELEASED).thenRejected('schedule-in-past');
  });

  it('can be amended up to the last moment before release', () => {
    const release = at('2026-02-25', '07:00');
    const moment = { now: new Date(release.getTime() - 1) };
    given(registered)
      .when(register(later), moment)
      .thenEvents([amended(later)]);
    given(registered).when(register(later), { now: release }).thenRejected('schedule-released');
  });

  it('is not amended while it is suspended, after a substitution, or when it is closed', () => {
    given(registered, suspended()).when(register(later), UNRELEASED).thenRejected('schedule-suspended');
    given(registered, suspended(), revoked())
      .when(register(later), UNRELEASED)
      .thenEvents([amended(later)]);
    given(registered, substituted()).when(register(later), UNRELEASED).thenRejected('schedule-substituted');
    given(registered, closed).when(register(later), UNRELEASED).thenRejected('schedule-closed');
  });

  it('never uses the id of a withdrawn slot again', () => {
    given(registered, withdrawn('A1')).when(register(later), UNRELEASED).thenRejected('slot-id-taken');
    const without = sampleDetails({ intervals: [interval('08:15', '08:30', ['B1'])] });
    given(registered, withdrawn('A1'))
      .when(register(without), UNRELEASED)
      .thenEvents([amended(without)]);
  });
});

describe('a released schedule', () => {
  it('keeps its details: the same again changes nothing, anything else is rejected', () => {
    given(registered).when(register(), OPEN).thenNothingHappened();
    given(registered)
      .when(register(sampleDetails({ feeFen: 1 })), OPEN)
      .thenRejected('schedule-released');
  });

  it('gets more slots, in intervals that it has or in new ones', () => {
    const more = [interval('08:00', '08:15', ['A3']), interval('09:00', '09:15', ['C1'])];
    given(registered)
      .when(add(...more), OPEN)
      .thenEvents([added(...more)]);
    const { details } = known(added(...more));
    expect(details.intervals.map(({ start, slots }) => [start, slots.map(({ slotId }) => slotId)])).toEqual([
      ['08:00', ['A1', 'A2', 'A3']],
      ['08:15', ['B1']],
      ['09:00', ['C1']],
    ]);
  });

  it('with added slots is still the one that was registered', () => {
    const more = interval('09:00', '09:15', ['C1']);
    const all = sampleDetails({ intervals: [...sampleDetails().intervals, more] });
    for (const details of [sampleDetails(), all])
      given(registered, added(more)).when(register(details), OPEN).thenNothingHappened();
  });

  it('has slots added once', () => {
    const more = interval('09:00', '09:15', ['C1']);
    given(registered, added(more)).when(add(more), OPEN).thenNothingHappened();
    given(registered, added(more))
      .when(add(interval('09:00', '09:15', ['C1', 'C2'])), OPEN)
      .thenRejected('slot-id-taken');
    given(registered)
      .when(add(interval('09:00', '09:15', ['A1'])), OPEN)
      .thenRejected('slot-id-taken');
    given(registered, withdrawn('A1'))
      .when(add(interval('08:00', '08:15', ['A1'], 'community')), OPEN)
      .thenRejected('slot-id-taken');
  });

  it('has added slots within its bounds of time and size', () => {
    given(registered)
      .when(add(interval('08:10', '08:20', ['C1'])), OPEN)
      .thenRejected('intervals-overlap');
    given(registered)
      .when(add(interval('08:00', '08:10', ['C1'])), OPEN)
      .thenRejected('intervals-overlap');
    given(registered)
      .when(add(interval('09:00', '09:30', ['C1'])), OPEN)
      .thenRejected('interval-too-long');
    const hundred = Array.from({ length: 100 }, (_, index) => `C${index}`);
    given(registered)
      .when(add(interval('08:00', '08:15', hundred)), OPEN)
      .thenRejected('schedule-too-large');
  });

  it('has no slots added when it is closed, suspended there, or over', () => {
    const more = interval('08:00', '08:15', ['A3']);
    given(registered, closed).when(add(more), OPEN).thenRejected('schedule-closed');
    given(registered, suspended()).when(add(more), OPEN).thenRejected('schedule-suspended');
    given(registered, suspended(['08:00'], ['A1', 'A2']))
      .when(add(more), OPEN)
      .thenRejected('schedule-suspended');
    given(registered, suspended(['08:15'], ['B1']))
      .when(add(more), OPEN)
      .thenEvents([added(more)]);
    given(registered, suspended(), revoked())
      .when(add(more), OPEN)
      .thenEvents([added(more)]);
    given(registered).when(add(more), OVER).thenRejected('schedule-over');
  });

  it('has slots withdrawn, each once', () => {
    given(registered)
      .when(withdraw('A1', 'A1'), OPEN)
      .thenEvents([withdrawn('A1')]);
    given(registered, withdrawn('A1'))
      .when(withdraw('A1', 'B1'), OPEN)
      .thenEvents([withdrawn('B1')]);
    given(registered, withdrawn('A1')).when(withdraw('A1'), OPEN).thenNothingHappened();
    given(registered).when(withdraw('A1', 'X9'), OPEN).thenRejected('slot-unknown');
    given(registered).when(withdraw('A1'), OVER).thenRejected('schedule-over');
  });
});

describe('a suspension', () => {
  it('names every slot of the schedule, withdrawn ones included', () => {
    given(registered, withdrawn('A1')).when(suspend(), OPEN).thenEvents([suspended()]);
  });

  it('names the slots of some intervals, each once', () => {
    given(registered)
      .when(suspend(['08:00', '08:00']), OPEN)
      .thenEvents([suspended(['08:00'], ['A1', 'A2'])]);
    given(registered)
      .when(suspend(['08:00', '09:00']), OPEN)
      .thenRejected('interval-unknown');
  });

  it('of what is suspended already changes nothing; of more it is a further one', () => {
    given(registered, suspended()).when(suspend(null, 4), OPEN).thenNothingHappened();
    given(registered, suspended())
      .when(suspend(['08:15'], 4), OPEN)
      .thenNothingHappened();
    given(registered, suspended(['08:15'], ['B1']))
      .when(suspend(null, 4), OPEN)
      .thenEvents([suspended(null, ALL, 4)]);
  });

  it('of the same id is the one that stands, or that was revoked', () => {
    given(registered, suspended(['08:15'], ['B1']))
      .when(suspend(), OPEN)
      .thenNothingHappened();
    given(registered, suspended(), revoked()).when(suspend(), OPEN).thenNothingHappened();
  });

  it('comes before the schedule is over, whether it is open or closed', () => {
    given(registered, closed).when(suspend(), LAST).thenEvents([suspended()]);
    given(registered).when(suspend(), OVER).thenRejected('schedule-over');
  });

  it('is revoked once, for the slots that it named', () => {
    given(registered, suspended(['08:15'], ['B1']))
      .when(revoke(), OPEN)
      .thenEvents([revoked(['B1'])]);
    given(registered, suspended(), revoked()).when(revoke(), OPEN).thenNothingHappened();
    given(registered).when(revoke(), OPEN).thenRejected('suspension-unknown');
    given(registered, suspended()).when(revoke(), OVER).thenRejected('schedule-over');
  });

  it('may come again after it was revoked, and leaves another one standing', () => {
    given(registered, suspended(), revoked())
      .when(suspend(null, 4), OPEN)
      .thenEvents([suspended(null, ALL, 4)]);
    const both = known(suspended(['08:15'], ['B1']), suspended(null, ALL, 4), revoked(ALL, 4));
    expect([...suspendedSlots(both)]).toEqual(['B1']);
  });
});

describe('a substitution', () => {
  it.each([
    ['231', '232', true],
    ['232', '232', true],
    ['233', '232', false],
    ['235', '231', false],
  ] as const)('by a title %s for a title %s may be: %s', (substituteTitle, original, may) => {
    expect(mayStandIn(substituteTitle, original)).toBe(may);
  });

  it('is by a registered doctor of the same or a higher title', () => {
    given(registered).when(substitute(), OPEN).thenEvents([substituted()]);
    given(registered)
      .when(substitute('D2', '231'), OPEN)
      .thenEvents([substituted('D2', '231')]);
    given(registered).when(substitute('D2', '233'), OPEN).thenRejected('substitute-title-too-low');
    given(registered).when(substitute('D2', null), OPEN).thenRejected('doctor-not-registered');
  });

  it('is by somebody else than who comes anyway', () => {
    given(registered).when(substitute('D1'), OPEN).thenRejected('substitute-is-same-doctor');
    given(registered, substituted()).when(substitute(), OPEN).thenNothingHappened();
    given(registered, substituted())
      .when(substitute('D3'), OPEN)
      .thenEvents([substituted('D3')]);
    given(registered, substituted())
      .when(substitute('D1'), OPEN)
      .thenEvents([substituted('D1')]);
  });

  it('keeps to the title of the doctor who was replaced first', () => {
    given(registered, substituted('D2', '231'))
      .when(substitute('D3', '232'), OPEN)
      .thenEvents([substituted('D3')]);
  });

  it('needs a doctor to replace, and patients to see', () => {
    const clinic = event('ScheduleRegistered', {
      details: sampleDetails({ doctorCode: null }),
      ...stands,
      doctorTitle: null,
      plan,
    });
    given(clinic).when(substitute(), OPEN).thenRejected('no-doctor-to-substitute');
    given(registered, suspended()).when(substitute(), OPEN).thenRejected('schedule-suspended');
    given(registered, suspended(['08:15'], ['B1']))
      .when(substitute(), OPEN)
      .thenEvents([substituted()]);
    given(registered, closed).when(substitute(), OPEN).thenEvents([substituted()]);
    given(registered).when(substitute(), OVER).thenRejected('schedule-over');
  });
});

describe('closing and recording', () => {
  it('closes once', () => {
    given(registered).when(close, OPEN).thenEvents([closed]);
    given(registered, closed).when(close, OPEN).thenNothingHappened();
    given(registered, closed).when(register(), OPEN).thenNothingHappened();
    given(registered, closed)
      .when(withdraw('A1'), OPEN)
      .thenEvents([withdrawn('A1')]);
  });

  it('records each opening once, after its time, with the planned time', () => {
    const plannedAt = plan.opensAt.public;
    const record = event('TierOpened', { tier: 'public', plannedAt });
    const moment = new Date(plannedAt);
    given(registered).when(opened('public'), { now: moment }).thenEvents([record]);
    given(registered)
      .when(opened('public'), { now: new Date(moment.getTime() - 1) })
      .thenRejected('not-yet-due');
    given(registered, record).when(opened('public'), OPEN).thenNothingHappened();
    given(registered, record)
      .when(opened('community'), OPEN)
      .thenEvents([event('TierOpened', { tier: 'community', plannedAt: plan.opensAt.community })]);
  });

  it('records the return of what is left once, after its time', () => {
    const record = event('QuotaReturned', { plannedAt: plan.returnsAt });
    given(registered).when(returned, OPEN).thenRejected('not-yet-due');
    given(registered).when(returned, LAST).thenEvents([record]);
    given(registered, record).when(returned, LAST).thenNothingHappened();
  });
});

describe('what a schedule tells of its slots', () => {
  it('is repeated by every event of a slot, with the doctor who comes', () => {
    expect(slotFactsOf(known(), 'A1')).toEqual(sampleSlot());
    expect(slotFactsOf(known(substituted()), 'A1')).toEqual(sampleSlot({ doctorCode: 'D2' }));
    expect(slotFactsOf(known(), 'X9')).toBeUndefined();
    expect(currentDoctor(known(substituted()))).toBe('D2');
  });

  const offered = (state: KnownSchedule, now: Date, tier: Tier = 'public', start = '08:00') => {
    try {
      return slotsOnOffer(state, { start, tier, now }).map(({ slotId }) => slotId);
    } catch (error) {
      if (error instanceof Rejection) return error.code;
      throw error;
    }
  };

  it('offers what is open to who asks, their own first', () => {
    const { now } = OPEN;
    expect(offered(known(), now)).toEqual(['A1']);
    expect(offered(known(), now, 'community')).toEqual(['A2', 'A1']);
    expect(offered(known(), now, 'referral')).toEqual(['A1']);
    expect(offered(known(), at('2026-03-15', '07:00'))).toEqual(['A1', 'A2']);
  });

  it('offers nothing before release, and says when to come again', () => {
    expect(offered(known(), UNRELEASED.now)).toBe('schedule-not-open');
    const early = at('2026-02-25', '07:00');
    expect(offered(known(), early)).toBe('schedule-not-open');
    expect(offered(known(), early, 'community')).toEqual(['A2']);
    const ask = () => slotsOnOffer(known(), { start: '08:00', tier: 'public', now: early });
    expect(ask).toThrow(expect.objectContaining({ advice: '尚未放号，请于2026-03-02 07:00开始预约' }));
  });

  it('offers an interval until its end, on the day itself too', () => {
    const end = at(DAY, '08:15');
    expect(offered(known(), new Date(end.getTime() - 1))).toEqual(['A1', 'A2']);
    expect(offered(known(), end)).toBe('interval-over');
    expect(offered(known(), end, 'public', '08:15')).toEqual(['B1']);
  });

  it('offers nothing that is suspended, withdrawn, closed or not there', () => {
    const { now } = OPEN;
    expect(offered(known(suspended()), now)).toBe('schedule-suspended');
    expect(offered(known(suspended(['08:15'], ['B1'])), now)).toEqual(['A1']);
    expect(offered(known(suspended(), revoked()), now)).toEqual(['A1']);
    expect(offered(known(withdrawn('A1')), now)).toEqual([]);
    expect(offered(known(closed), now)).toBe('schedule-closed');
    expect(offered(known(), now, 'public', '09:00')).toBe('interval-unknown');
  });
});
