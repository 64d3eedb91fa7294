import { type MessagingEvent, messagingEvents } from '@qingpu/contracts/events/messaging';
import { FakeCheckpoints } from '@qingpu/read-models-kernel/testing/fake-checkpoints';
import { FakeViewStore } from '@qingpu/read-models-kernel/testing/fake-view-store';
import { type EventPlace, foldWrites, physicalCollection } from '@qingpu/read-models-kernel/view';
import { ViewReader } from '@qingpu/read-models-kernel/view-reader';
import { describe, expect, it, vi } from 'vitest';
import { deliveryWorklist } from './projection.ts';
import { dueDeliveries } from './queries.ts';
import { deliveryWorklistView } from './view.ts';

const NOW = new Date('2026-03-01T00:00:00.000Z');
const LATER = '2026-03-01T09:00:00.000+08:00';
const NEVER_OPENED = { open: async () => undefined };

class Worklist {
  readonly store = new FakeViewStore();
  readonly reader = new ViewReader(deliveryWorklistView, this.store, new FakeCheckpoints(), async () => 0n);
  readonly #taken: { event: MessagingEvent; place: EventPlace }[] = [];

  add(event: MessagingEvent): this {
    const stream = `delivery-${event.data.deliveryId}`;
    const revision = this.#taken.filter(({ place }) => place.stream === stream).length;
    const position = BigInt(this.#taken.length + 1);
    const metadata = {
      schemaVersion: 1,
      commandId: 'c',
      bodyHmac: 'h',
      actor: { kind: 'system', id: 's' },
      correlationId: 'c',
      causationId: 'c',
      occurredAt: '2026-03-01T08:00:00.000+08:00',
    } as const;
    this.#taken.push({ event, place: { id: `e${position}`, stream, revision, position, metadata } });
    return this;
  }

  request(deliveryId: string, order = deliveryId): this {
    const data = {
      deliveryId,
      kind: 'filing-receipt',
      recipient: 'hospital',
      order,
      payload: { of: deliveryId },
    } as const;
    return this.add({ type: 'DeliveryRequested', data });
  }

  fail(deliveryId: string, nextAttemptAt = LATER): this {
    return this.add({
      type: 'DeliveryFailed',
      data: { deliveryId, attempt: 1, fault: 'timeout', nextAttemptAt },
    });
  }

  /** Takes everything in again from event number `from`, in one batch. */
  async takeIn(from = 0): Promise<this> {
    const writes = await Promise.all(
      this.#taken.slice(from).map(({ event, place }) => deliveryWorklist.project(event, place, NEVER_OPENED)),
    );
    const { view } = deliveryWorklist;
    await this.store.write(
      foldWrites(writes.flat()).map((write) => ({
        ...write,
        collection: physicalCollection(view, view.version, write.collection),
      })),
    );
    return this;
  }

  async due(limit = 10, now = NOW): Promise<string[]> {
    return (await dueDeliveries(this.reader, now, limit)).map(({ _id }) => _id);
  }

  line(deliveryId: string) {
    return this.reader.findOne('deliveries', deliveryId);
  }
}

describe('a line of the worklist', () => {
  it('listens to every event of the context', () => {
    expect(deliveryWorklist.catalogue).toBe(messagingEvents);
  });

  it('follows the life of its delivery', async () => {
    const list = await new Worklist().request('d1', 'rule-1').takeIn();
    expect(await list.line('d1')).toEqual({
      _id: 'd1',
      guard: 0n,
      kind: 'filing-receipt',
      recipient: 'hospital',
      order: 'rule-1',
      payload: { of: 'd1' },
      status: 'open',
      failures: 0,
      fault: null,
      nextAttemptAt: 0,
      requestedAt: 1n,
    });
    await list.fail('d1').takeIn();
    expect(await list.line('d1')).toMatchObject({
      status: 'open',
      failures: 1,
      fault: 'timeout',
      nextAttemptAt: Date.parse(LATER),
    });
    await list.add({ type: 'DeliverySucceeded', data: { deliveryId: 'd1', attempt: 2 } }).takeIn();
    expect(await list.line('d1')).toMatchObject({ status: 'delivered', failures: 1, fault: null });
  });

  it('says so when the delivery is given up to a person', async () => {
    const list = await new Worklist()
      .request('d1')
      .add({ type: 'DeliveryGivenUp', data: { deliveryId: 'd1', attempt: 10, fault: 'status-503' } })
      .takeIn();
    expect(await list.line('d1')).toMatchObject({ status: 'givenUp', failures: 10, fault: 'status-503' });
    expect(await list.due()).toEqual([]);
  });

  it('is the same when events are taken in again', async () => {
    const list = await new Worklist().request('d1').fail('d1').takeIn();
    const before = await list.line('d1');
    for (const from of [0, 1]) await list.takeIn(from);
    expect(await list.line('d1')).toEqual(before);
  });
});

describe('deliveries that are due', () => {
  it('are open ones whose pause is over', async () => {
    const list = await new Worklist().request('d1').request('d2').fail('d2').takeIn();
    expect(await list.due()).toEqual(['d1']);
    expect(new Set(await list.due(10, new Date(Date.parse(LATER))))).toEqual(new Set(['d1', 'd2']));
  });

  it('go one after the other within their order', async () => {
    const list = await new Worklist().request('a1', 'a').request('b1', 'b').request('a2', 'a').takeIn();
    expect(new Set(await list.due())).toEqual(new Set(['a1', 'b1']));
    await list.fail('a1').takeIn();
    expect(await list.due()).toEqual(['b1']);
    await list
      .add({ type: 'DeliveryGivenUp', data: { deliveryId: 'a1', attempt: 2, fault: 'timeout' } })
      .takeIn();
    expect(new Set(await list.due())).toEqual(new Set(['a2', 'b1']));
  });

  it('keep to the limit', async () => {
    const list = new Worklist();
    for (let number = 0; number < 9; number++) list.request(`d${number}`);
    expect(await (await list.takeIn()).due(4)).toHaveLength(4);
  });

  it('are none for receivers that are busy', async () => {
    const worklist = await new Worklist().request('a').request('b').takeIn();
    expect(await dueDeliveries(worklist.reader, NOW, 10, ['hospital'])).toEqual([]);
    expect(await dueDeliveries(worklist.reader, NOW, 10, ['another'])).toHaveLength(2);
  });

  it('are found in a few readings, however many orders there are, and behind however long a queue', async () => {
    const list = new Worklist();
    for (let number = 0; number < 300; number++) list.request(`queued-${number}`, 'a long queue');
    const others = Array.from({ length: 60 }, (_none, number) => `other-${number}`);
    for (const other of others) list.request(other);
    await list.takeIn();
    const reading = vi.spyOn(list.store, 'find');
    expect(new Set(await list.due(400))).toEqual(new Set(['queued-0', ...others]));
    expect(reading.mock.calls.length).toBeLessThanOrEqual(5);
  });

  it('are not held up by many that wait behind a failed one of another order', async () => {
    const list = new Worklist();
    for (let number = 0; number < 20; number++) list.request(`blocked-${number}`, 'blocked');
    list.fail('blocked-0').request('free');
    expect(await (await list.takeIn()).due(10)).toEqual(['free']);
  });
});
