import { messagingEvents } from '@qingpu/contracts/events/messaging';
import { systemClock } from '@qingpu/domains-kernel/clock';
import { readEvents } from '@qingpu/domains-kernel/read-stream';
import { FakeCommandLedger } from '@qingpu/domains-kernel/testing/fake-command-ledger';
import { FakeEventLog } from '@qingpu/domains-kernel/testing/fake-event-log';
import { deliveryStream } from '@qingpu/domains-messaging/delivery';
import {
  type RecordAttempt,
  RecordAttemptHandler,
  RequestDelivery,
  RequestDeliveryHandler,
} from '@qingpu/domains-messaging/handlers';
import { beforeEach, describe, expect, it } from 'vitest';
import { recorderOf } from './delivery-record.ts';

const DELIVERY = '5b1d6e1c-6a0f-5c7e-9a43-000000000001';
let log: FakeEventLog;
let killed: boolean;
let record: ReturnType<typeof recorderOf>;
let given: object[];

beforeEach(async () => {
  log = new FakeEventLog();
  killed = false;
  given = [];
  const ledger = new FakeCommandLedger();
  const append = log.append.bind(log);
  log.append = async (...parts) => {
    if (killed) throw new Error('killed before the append');
    return append(...parts);
  };
  const ports = { log, ledger, clock: systemClock };
  await new RequestDeliveryHandler(ports).execute(
    new RequestDelivery(
      {
        type: 'RequestDelivery',
        deliveryId: DELIVERY,
        kind: 'booking-order',
        recipient: 'hospital',
        order: 'slot-1',
        payload: {},
      },
      {
        commandId: DELIVERY,
        bodyHmac: DELIVERY,
        actor: { kind: 'system', id: 'spec' },
        correlationId: DELIVERY,
        causationId: DELIVERY,
      },
    ),
  );
  const handler = new RecordAttemptHandler(ports);
  const bus = { execute: (command: unknown) => handler.execute(command as RecordAttempt) };
  record = recorderOf(bus as never, {
    info: () => undefined,
    warn: () => undefined,
    error: (facts) => void given.push(facts),
  });
});

const types = async () =>
  readEvents(messagingEvents, await log.readStream(deliveryStream(DELIVERY))).map(({ type }) => type);

describe('the record of an attempt', () => {
  it('that a kill kept from the log is made by the same attempt once more, however that ends', async () => {
    killed = true;
    await expect(record(DELIVERY, 1, { fault: 'status-503', final: false })).rejects.toThrow('killed');
    killed = false;
    await record(DELIVERY, 1, undefined);
    expect(await types()).toEqual(['DeliveryRequested', 'DeliverySucceeded']);
  });

  it('stands: of two workers that made the same attempt the second changes nothing', async () => {
    await record(DELIVERY, 1, { fault: 'timeout', final: false });
    await record(DELIVERY, 1, undefined);
    expect(await types()).toEqual(['DeliveryRequested', 'DeliveryFailed']);
  });

  it('that gives the delivery up says so loudly', async () => {
    await record(DELIVERY, 1, { fault: 'person-erased', final: true });
    expect(await types()).toEqual(['DeliveryRequested', 'DeliveryGivenUp']);
    expect(given).toEqual([{ deliveryId: DELIVERY, fault: 'person-erased' }]);
  });
});
