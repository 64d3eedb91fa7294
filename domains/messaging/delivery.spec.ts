import type { RequestDeliveryCommand } from '@qingpu/contracts/commands/messaging';
import { type MessagingEvent, messagingEvents } from '@qingpu/contracts/events/messaging';
import { type DeliveryPolicy, deliveryPolicy } from '@qingpu/contracts/rules/delivery-policy';
import type { CommandHandlingPorts } from '@qingpu/domains-kernel/command-handling';
import { fold } from '@qingpu/domains-kernel/decider';
import { readEvents } from '@qingpu/domains-kernel/read-stream';
import { Rejection } from '@qingpu/domains-kernel/rejection';
import { specify } from '@qingpu/domains-kernel/testing/decider-specification';
import { FakeCommandLedger } from '@qingpu/domains-kernel/testing/fake-command-ledger';
import { FakeEventLog } from '@qingpu/domains-kernel/testing/fake-event-log';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import {
  type DeliveryCommand,
  type DeliveryContext,
  delivery,
  deliveryStream,
  pauseSeconds,
} from './delivery.ts';
import { RecordAttempt, RecordAttemptHandler, RequestDelivery, RequestDeliveryHandler } from './handlers.ts';

const POLICY: DeliveryPolicy = {
  version: 'spec',
  attempts: 3,
  firstPauseSeconds: 2,
  longestPauseSeconds: 5,
  timeoutSeconds: 5,
};
const context: DeliveryContext = { now: new Date('2026-03-01T00:00:00.000Z'), policy: POLICY };

const content = {
  deliveryId: 'd1',
  kind: 'filing-receipt',
  recipient: 'hospital',
  order: 'rule-1',
  payload: { filingNumber: 'QP-1' },
} as const;
const request: RequestDeliveryCommand = { type: 'RequestDelivery', ...content };
const attempt = (number: number, fault?: string): DeliveryCommand => ({
  type: 'RecordAttempt',
  deliveryId: 'd1',
  attempt: number,
  ...(fault !== undefined && { fault }),
});

const requested: MessagingEvent = { type: 'DeliveryRequested', data: content };
const failed = (number: number, nextAttemptAt: string): MessagingEvent => ({
  type: 'DeliveryFailed',
  data: { deliveryId: 'd1', attempt: number, fault: 'timeout', nextAttemptAt },
});
const first = failed(1, '2026-03-01T08:00:02.000+08:00');
const second = failed(2, '2026-03-01T08:00:04.000+08:00');
const succeeded = (number: number): MessagingEvent => ({
  type: 'DeliverySucceeded',
  data: { deliveryId: 'd1', attempt: number },
});
const givenUp: MessagingEvent = {
  type: 'DeliveryGivenUp',
  data: { deliveryId: 'd1', attempt: 3, fault: 'timeout' },
};
const given = (...history: MessagingEvent[]) => specify(delivery).given(history);

describe('a delivery', () => {
  it('is requested once', () => {
    given().when(request, context).thenEvents([requested]);
    for (const history of [
      [requested],
      [requested, first],
      [requested, succeeded(1)],
      [requested, first, second, givenUp],
    ])
      given(...history)
        .when(request, context)
        .thenNothingHappened();
  });

  it('is delivered at the first or a later attempt', () => {
    given(requested)
      .when(attempt(1), context)
      .thenEvents([succeeded(1)]);
    given(requested, first)
      .when(attempt(2), context)
      .thenEvents([succeeded(2)]);
  });

  it('that failed is tried again after a pause that doubles', () => {
    given(requested).when(attempt(1, 'timeout'), context).thenEvents([first]);
    given(requested, first).when(attempt(2, 'timeout'), context).thenEvents([second]);
  });

  it('is given up with the last attempt of the policy', () => {
    given(requested, first, second).when(attempt(3, 'timeout'), context).thenEvents([givenUp]);
  });

  it('is given up at once when no further attempt can bring it', () => {
    given(requested)
      .when(
        { type: 'RecordAttempt', deliveryId: 'd1', attempt: 1, fault: 'person-erased', final: true },
        context,
      )
      .thenEvents([
        { type: 'DeliveryGivenUp', data: { deliveryId: 'd1', attempt: 1, fault: 'person-erased' } },
      ]);
  });

  it('takes attempts in their turn only, so that two workers record one', () => {
    for (const number of [0, 2, 3])
      given(requested).when(attempt(number), context).thenRejected('attempt-out-of-turn');
    given(requested, first).when(attempt(1), context).thenRejected('attempt-out-of-turn');
  });

  it('takes no attempt before it is requested or after it is closed', () => {
    given().when(attempt(1), context).thenRejected('attempt-out-of-turn');
    given(requested, succeeded(1)).when(attempt(2), context).thenRejected('attempt-out-of-turn');
    given(requested, first, second, givenUp).when(attempt(4), context).thenRejected('attempt-out-of-turn');
  });
});

describe('pauses', () => {
  it('double from the first to the longest', () => {
    expect([1, 2, 3, 4].map((number) => pauseSeconds(number, POLICY))).toEqual([2, 4, 5, 5]);
  });

  it('of the policy in force stay between the first and the longest', () => {
    for (let number = 1; number <= deliveryPolicy.attempts; number++) {
      expect(pauseSeconds(number, deliveryPolicy)).toBeGreaterThanOrEqual(deliveryPolicy.firstPauseSeconds);
      expect(pauseSeconds(number, deliveryPolicy)).toBeLessThanOrEqual(deliveryPolicy.longestPauseSeconds);
    }
  });

  it('of the policy in force outlast a receiver that is down for a day, and end soon after it is back', () => {
    const pauses = Array.from({ length: deliveryPolicy.attempts - 1 }, (_none, index) =>
      pauseSeconds(index + 1, deliveryPolicy),
    );
    expect(pauses.reduce((sum, pause) => sum + pause, 0)).toBeGreaterThan(24 * 3600);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(600);
  });
});

describe('whatever workers report in whatever order', () => {
  const reports = fc.array(
    fc.oneof(
      fc.constant<DeliveryCommand>(request),
      fc
        .tuple(fc.integer({ min: 0, max: 5 }), fc.option(fc.constant('timeout'), { nil: undefined }))
        .map(([number, fault]) => attempt(number, fault)),
    ),
    { maxLength: 30 },
  );

  function historyOf(commands: readonly DeliveryCommand[]): MessagingEvent[] {
    const history: MessagingEvent[] = [];
    for (const command of commands) {
      try {
        history.push(...delivery.decide(fold(delivery, history), command, context));
      } catch (error) {
        if (!(error instanceof Rejection)) throw error;
      }
    }
    return history;
  }

  it('a delivery is closed at most once, and nothing follows', () => {
    fc.assert(
      fc.property(reports, (commands) => {
        const types = historyOf(commands).map(({ type }) => type);
        const closed = types.findIndex((type) => type === 'DeliverySucceeded' || type === 'DeliveryGivenUp');
        if (closed >= 0) expect(closed).toBe(types.length - 1);
        expect(types.filter((type) => type === 'DeliveryRequested').length).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('attempts count from 1 without a gap, and never beyond the policy', () => {
    fc.assert(
      fc.property(reports, (commands) => {
        const attempts = historyOf(commands).flatMap(({ data }) => ('attempt' in data ? [data.attempt] : []));
        expect(attempts).toEqual(attempts.map((_, index) => index + 1));
        expect(attempts.length).toBeLessThanOrEqual(POLICY.attempts);
      }),
    );
  });
});

describe('the handlers', () => {
  const REQUEST = '0a7c1a52-7d1f-4d5e-8a57-000000000001';
  const FIRST = '0a7c1a52-7d1f-4d5e-8a57-000000000002';
  const SECOND = '0a7c1a52-7d1f-4d5e-8a57-000000000003';
  const fault = { fault: 'timeout', final: false };
  const envelope = (commandId: string) => ({
    commandId,
    bodyHmac: commandId,
    actor: { kind: 'system', id: 'worker' } as const,
    correlationId: 'c',
    causationId: 'c',
  });

  function handlers(log: FakeEventLog, ledger = new FakeCommandLedger()) {
    const ports: CommandHandlingPorts = { log, ledger, clock: { now: () => context.now } };
    const [requests, attempts] = [new RequestDeliveryHandler(ports), new RecordAttemptHandler(ports)];
    return {
      request: () => requests.execute(new RequestDelivery(request, envelope(REQUEST))),
      attempt: (commandId: string, number: number, failure?: typeof fault) =>
        attempts.execute(new RecordAttempt('d1', number, failure, envelope(commandId))),
    };
  }

  it('keep each delivery in a stream of its own, under the policy in force', async () => {
    const log = new FakeEventLog();
    const worker = handlers(log);
    await worker.request();
    await worker.attempt(FIRST, 1, fault);
    await worker.attempt(SECOND, 2);
    expect(readEvents(messagingEvents, await log.readStream(deliveryStream('d1')))).toEqual([
      requested,
      first,
      succeeded(2),
    ]);
  });

  it('answer a repeated command as the first time, from the stream alone', async () => {
    const log = new FakeEventLog();
    const ledger = new FakeCommandLedger();
    const worker = handlers(log, ledger);
    const answers = [await worker.request(), await worker.attempt(FIRST, 1, fault)];
    const again = [await worker.request(), await worker.attempt(FIRST, 1, fault)];
    expect(again).toEqual(answers.map((answer) => ({ ...answer, replayed: expect.any(Boolean) })));
    expect(log.all()).toHaveLength(2);
    for (const commandId of [REQUEST, FIRST]) expect(await ledger.recall(commandId)).toBeUndefined();
  });

  it('request a delivery without reading its stream first', async () => {
    const log = new FakeEventLog();
    const reading = vi.spyOn(log, 'readStream');
    await handlers(log).request();
    expect(reading).not.toHaveBeenCalled();
  });
});
