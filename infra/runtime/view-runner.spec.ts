import type { StoredEvent } from '@qingpu/contracts/events/stored-event';
import { type SampleEvent, sampleEvents } from '@qingpu/contracts/testing/sample-events';
import { ProgressBoard } from '@qingpu/read-models-kernel/progress-board';
import { FakeCheckpoints } from '@qingpu/read-models-kernel/testing/fake-checkpoints';
import { FakeSubscription } from '@qingpu/read-models-kernel/testing/fake-subscription';
import { FakeViewStore } from '@qingpu/read-models-kernel/testing/fake-view-store';
import {
  type Opener,
  OpenerUnavailable,
  type Projection,
  physicalCollection,
  viewConsumer,
} from '@qingpu/read-models-kernel/view';
import type { ViewDocument } from '@qingpu/read-models-kernel/view-store';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fromTheFuture, idAt, manySeats, RecordingLog, seatLeft, seatTaken } from './testing/sample-log.ts';
import { closedGate, eventually, type Gate, passSeconds } from './testing/simulated-time.ts';
import { ViewRunner } from './view-runner.ts';

interface Person extends ViewDocument {
  readonly seated: boolean;
  readonly since: string;
}

/** Who sits where, folded by one version of the projection; each event also has a line of its own. */
function seating(version: number): Projection<typeof sampleEvents> {
  return {
    view: { name: 'seating', version, collections: { people: [], lines: [] } },
    catalogue: sampleEvents,
    async project(event: SampleEvent, { id, position, metadata }, opener) {
      await opener.open({ subject: event.data.by, keyId: 'k', box: 'b' });
      const set = { seated: event.type === 'SeatTaken', since: metadata.occurredAt };
      return [
        { collection: 'people', id: event.data.by, guard: position, set },
        { collection: 'lines', id, guard: 0n, set: { type: event.type } },
      ];
    },
  };
}

/** Fails when told to, before or after it has written. */
class BreakableViewStore extends FakeViewStore {
  breaks: ('before' | 'after' | undefined)[] = [];
  gate: Gate | undefined;

  override async write(writes: Parameters<FakeViewStore['write']>[0]): Promise<void> {
    const when = this.breaks.shift();
    await this.gate?.passed;
    if (when === 'before') throw new Error('the store is away');
    await super.write(writes);
    if (when === 'after') throw new Error('the answer was lost');
  }
}

class BreakableCheckpoints extends FakeCheckpoints {
  breaks: boolean[] = [];

  override async save(...parts: Parameters<FakeCheckpoints['save']>): Promise<void> {
    if (this.breaks.shift()) throw new Error('killed before the checkpoint was stored');
    await super.save(...parts);
  }
}

class Setting {
  readonly log = new RecordingLog();
  readonly checkpoints = new BreakableCheckpoints();
  readonly #events: StoredEvent[] = [];
  /** The fake wakes one reader only, so that every runner has one of its own on the same log. */
  readonly #subscriptions: FakeSubscription[] = [];
  readonly views = new BreakableViewStore();
  readonly runners: ViewRunner[] = [];
  opener: Opener = { open: async () => ({}) };

  add(...events: readonly StoredEvent[]): void {
    this.#events.push(...events);
    for (const subscription of this.#subscriptions) subscription.add(...events);
  }

  async start(version = 1): Promise<ViewRunner> {
    const { log, checkpoints, views, opener } = this;
    const subscription = new FakeSubscription();
    subscription.add(...this.#events);
    this.#subscriptions.push(subscription);
    const ports = { log, checkpoints, subscription, views, opener, board: new ProgressBoard() };
    const runner = new ViewRunner(seating(version) as unknown as Projection, ports);
    this.runners.push(runner);
    await runner.start();
    return runner;
  }

  async reached(position: number, version = 1): Promise<void> {
    const consumer = viewConsumer({ name: 'seating' }, version);
    await eventually(`version ${version} has ${position}`, async () => {
      return (await this.checkpoints.load(consumer)).position === BigInt(position);
    });
  }

  documents<Document extends ViewDocument>(collection: string, version = 1): Promise<Document[]> {
    const physical = physicalCollection({ name: 'seating' }, version, collection);
    return this.views.find<Document>(physical, { filter: {}, sort: { _id: 1 }, limit: 100_000 });
  }

  async close(): Promise<void> {
    this.views.gate?.open();
    const stopped = Promise.all(this.runners.map((runner) => runner.stop()));
    await passSeconds(60);
    await stopped;
  }
}

let setting: Setting;

beforeEach(() => {
  vi.useFakeTimers();
  setting = new Setting();
});

afterEach(async () => {
  await setting.close();
  vi.useRealTimers();
});

/** What the documents must be: the log folded from its beginning, with nothing in between. */
function folded(events: readonly StoredEvent[]): Person[] {
  const people = new Map<string, Person>();
  for (const { type, data, position, metadata } of events) {
    const { by } = data as SampleEvent['data'];
    people.set(by, {
      _id: by,
      guard: position,
      seated: type === 'SeatTaken',
      since: metadata.occurredAt,
    });
  }
  return [...people.values()].sort((a, b) => (a._id < b._id ? -1 : 1));
}

async function expectExact(events: readonly StoredEvent[], version = 1): Promise<void> {
  expect(await setting.documents<Person>('people', version)).toEqual(folded(events));
  const lines = await setting.documents('lines', version);
  expect(lines.map(({ _id }) => _id).sort()).toEqual(events.map(({ id }) => id).sort());
}

describe('a view', () => {
  it('is exact after a kill between its write and its checkpoint', async () => {
    const events = [...manySeats(1, 7), seatLeft(8)];
    setting.add(...events);
    setting.checkpoints.breaks = [true, true, true];
    await setting.start();
    await setting.reached(8);
    await expectExact(events);
  });

  it('is exact whenever and however often writes and checkpoints break', async () => {
    const broken = fc.array(fc.constantFrom('before' as const, 'after' as const, undefined), {
      maxLength: 6,
    });
    const bursts = fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 5 });
    const unsaved = fc.array(fc.boolean(), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(broken, unsaved, bursts, async (writes, saves, sizes) => {
        await setting.close();
        setting = new Setting();
        setting.views.breaks = [...writes];
        setting.checkpoints.breaks = [...saves];
        const events: StoredEvent[] = [];
        let runner = await setting.start();
        for (const size of sizes) {
          const next = Array.from({ length: size }, (_, index) => eventAt(events.length + index + 1));
          events.push(...next);
          setting.add(...next);
          await passSeconds(0.1);
          // Half of the bursts are followed by another process, which finds what this one left.
          if (size % 2 === 0) {
            await runner.stop();
            runner = await setting.start();
          }
        }
        await setting.reached(events.length);
        await expectExact(events);
      }),
      { numRuns: 60 },
    );
  });

  it('stops on an unknown version of a declared type, and passes over types that are none of its own', async () => {
    const foreign = seatTaken(2, { type: 'ForeignType' });
    setting.add(seatTaken(1), foreign, fromTheFuture(3), seatTaken(4));
    const runner = await setting.start();
    await eventually('it stops', () => runner.status.state === 'stopped-on-poison');
    expect(runner.status.poison).toMatchObject({ eventId: idAt(3), error: 'UnknownEventVersion' });
    await expectExact([seatTaken(1)]);
  });

  it('loses nothing beside the event that is passed over', async () => {
    setting.add(seatTaken(1), seatTaken(2), fromTheFuture(3), seatTaken(4));
    const runner = await setting.start();
    await eventually('it stops', () => runner.status.state === 'stopped-on-poison');
    await setting.checkpoints.resume(viewConsumer({ name: 'seating' }, 1), true);
    await setting.reached(4);
    await expectExact([seatTaken(1), seatTaken(2), seatTaken(4)]);
  });

  it('stops on an event that does not fit its schema, without its content in the log', async () => {
    setting.add(seatTaken(1, { data: { by: 42, secret: '310118198001010154' } }));
    const runner = await setting.start();
    await eventually('it stops', () => runner.status.state === 'stopped-on-poison');
    expect(JSON.stringify(setting.log.lines)).not.toContain('310118198001010154');
  });

  it('waits for a key store that is away, instead of stopping for good', async () => {
    let away = true;
    setting.opener = {
      open: async () => {
        if (away) throw new OpenerUnavailable('away');
        return {};
      },
    };
    setting.add(...manySeats(1, 3));
    const runner = await setting.start();
    await passSeconds(60);
    expect(runner.status.poison).toBeUndefined();
    expect(await setting.documents('people')).toEqual([]);
    away = false;
    await setting.reached(3);
    await expectExact(manySeats(1, 3));
  });
});

function eventAt(position: number): StoredEvent {
  return position % 3 === 0 ? seatLeft(position) : seatTaken(position);
}

describe('a new version of a view', () => {
  const active = () => setting.checkpoints.activeVersion('seating');

  it('is active from the start where there was none before', async () => {
    await setting.start(3);
    expect(await active()).toBe(3);
  });

  it('is built beside the old one, and takes over only when it has caught up', async () => {
    const events = manySeats(1, 1200);
    setting.add(...events);
    const old = await setting.start(1);
    await setting.reached(1200, 1);
    await old.stop();
    const gate = closedGate();
    setting.views.gate = gate;
    await setting.start(2);
    await passSeconds(30);
    expect(await active()).toBe(1);
    await expectExact(events, 1);
    expect(await setting.documents('people', 2)).toEqual([]);
    gate.open();
    await eventually('version 2 takes over', async () => (await active()) === 2);
    await expectExact(events, 2);
  });

  it('does not take over while it is still reading what happened before', async () => {
    const events = manySeats(1, 1200);
    setting.add(...events);
    const old = await setting.start(1);
    await setting.reached(1200, 1);
    await old.stop();
    const activated = vi.spyOn(setting.checkpoints, 'activate');
    let written = 0;
    const write = setting.views.write.bind(setting.views);
    vi.spyOn(setting.views, 'write').mockImplementation(async (writes) => {
      expect(activated).not.toHaveBeenCalled();
      await write(writes);
      written += 1;
    });
    await setting.start(2);
    await eventually('version 2 takes over', async () => (await active()) === 2);
    expect(written).toBe(3);
  });

  it('stays active whatever the old one still does, also when that starts again', async () => {
    setting.add(...manySeats(1, 3));
    const old = await setting.start(1);
    await setting.reached(3, 1);
    await setting.start(2);
    await eventually('version 2 takes over', async () => (await active()) === 2);
    setting.add(seatTaken(4));
    await setting.reached(4, 1);
    await old.stop();
    await setting.start(1);
    setting.add(seatTaken(5));
    await setting.reached(5, 1);
    expect(await active()).toBe(2);
    await expectExact(manySeats(1, 5), 1);
    await setting.reached(5, 2);
    await expectExact(manySeats(1, 5), 2);
  });

  it('that stands on poison does not take over', async () => {
    setting.add(...manySeats(1, 3));
    const old = await setting.start(1);
    await setting.reached(3, 1);
    await old.stop();
    setting.add(fromTheFuture(4));
    const next = await setting.start(2);
    await eventually('it stops', () => next.status.state === 'stopped-on-poison');
    expect(await active()).toBe(1);
  });

  // Looking up the active version and activating one's own are two steps: a third version may come in between.
  it('does not push aside a later one that took over while it looked', async () => {
    setting.add(...manySeats(1, 3));
    const old = await setting.start(1);
    await setting.reached(3, 1);
    await old.stop();
    const look = setting.checkpoints.activeVersion.bind(setting.checkpoints);
    let looks = 0;
    vi.spyOn(setting.checkpoints, 'activeVersion').mockImplementation(async (view) => {
      const found = await look(view);
      looks += 1;
      // The first look is that of the start; while the second is on its way back, version 3 takes over.
      if (looks === 2) await setting.checkpoints.activate('seating', 3);
      return found;
    });
    await setting.start(2);
    await setting.reached(3, 2);
    expect(await look('seating')).toBe(3);
  });
});
