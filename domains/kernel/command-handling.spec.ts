import { randomUUID } from 'node:crypto';
import { UnknownEventVersion } from '@qingpu/contracts/events/catalogue';
import { sampleEvents } from '@qingpu/contracts/testing/sample-events';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { shanghaiTimestamp } from './clock.ts';
import {
  type AcceptedOutcome,
  type CommandEnvelope,
  type CommandHandlingPorts,
  earlierOutcome,
  handleCommand,
  type Keeping,
} from './command-handling.ts';
import { fold } from './decider.ts';
import { commandIdOf, eventIdOf } from './event-ids.ts';
import { AppendOutcomeUnknown, type EventLog, EventLogUnavailable, RevisionConflict } from './event-log.ts';
import { readEvents } from './read-stream.ts';
import { RecentStreams } from './recent-streams.ts';
import { Rejection } from './rejection.ts';
import { FakeCommandLedger } from './testing/fake-command-ledger.ts';
import { type SeatCommand, seats } from './testing/seats.ts';
import { type Mishap, TroubledEventLog } from './testing/troubled-event-log.ts';

const STREAM = 'room-1';
const EIGHT = new Date('2026-11-23T00:00:00.000Z');

interface Sent {
  readonly key: string;
  readonly command: SeatCommand;
}

interface Answer {
  readonly outcome?: AcceptedOutcome;
  readonly error?: unknown;
}

class Room {
  readonly log = new TroubledEventLog();
  ledger = new FakeCommandLedger();
  now = EIGHT;
  capacity = 2;

  get ports(): CommandHandlingPorts {
    return {
      log: this.log,
      ledger: this.ledger,
      clock: { now: () => this.now },
      retry: { attempts: 4, baseDelayMs: 0, pause: async () => undefined },
    };
  }

  send(key: string, command: SeatCommand, changes: Partial<CommandEnvelope> = {}): Promise<AcceptedOutcome> {
    return send(this.ports, envelope(key, command, changes), command, async () => ({
      capacity: this.capacity,
    }));
  }

  take(key: string, by: string, changes: Partial<CommandEnvelope> = {}): Promise<AcceptedOutcome> {
    return this.send(key, { type: 'TakeSeat', by }, changes);
  }

  leave(key: string, by: string): Promise<AcceptedOutcome> {
    return this.send(key, { type: 'LeaveSeat', by });
  }

  async seated(): Promise<readonly string[]> {
    return fold(seats, readEvents(sampleEvents, await this.log.readStream(STREAM)));
  }
}

function envelope(
  key: string,
  command: SeatCommand,
  changes: Partial<CommandEnvelope> = {},
): CommandEnvelope {
  return {
    commandId: commandIdOf('actor', key),
    bodyHmac: JSON.stringify(command),
    actor: { kind: 'staff', id: 'actor' },
    correlationId: 'correlation',
    causationId: 'causation',
    ...changes,
  };
}

function send(
  ports: CommandHandlingPorts,
  sent: CommandEnvelope,
  command: SeatCommand,
  context: () => Promise<{ capacity: number }>,
  options: { readonly keeps?: Keeping; readonly believedEmpty?: boolean; readonly run?: string } = {},
): Promise<AcceptedOutcome> {
  return handleCommand(ports, sent, {
    stream: STREAM,
    catalogue: sampleEvents,
    decider: seats,
    command,
    context,
    ...options,
  });
}

const rejected = (code: string) => expect.objectContaining({ name: 'Rejection', code });

describe('a command that is accepted', () => {
  it('appends its events with derived ids and full metadata', async () => {
    const room = new Room();
    const outcome = await room.take('k', '甲');
    expect(outcome).toEqual({
      kind: 'accepted',
      stream: STREAM,
      revision: 0,
      position: '1',
      eventTypes: ['SeatTaken'],
      replayed: false,
    });
    const commandId = commandIdOf('actor', 'k');
    expect(room.log.all()).toMatchObject([
      {
        id: eventIdOf(commandId, 0),
        type: 'SeatTaken',
        data: { by: '甲' },
        metadata: {
          schemaVersion: 1,
          commandId,
          actor: { kind: 'staff', id: 'actor' },
          correlationId: 'correlation',
          causationId: 'causation',
          occurredAt: '2026-11-23T08:00:00.000+08:00',
        },
      },
    ]);
  });

  it('is never timed earlier than the event before it', async () => {
    const room = new Room();
    await room.take('a', '甲');
    room.now = new Date(EIGHT.getTime() - 60_000);
    await room.take('b', '乙');
    expect(room.log.all().map(({ metadata }) => metadata.occurredAt)).toEqual([
      shanghaiTimestamp(EIGHT),
      shanghaiTimestamp(EIGHT),
    ]);
  });

  it('may name the revision that its sender has seen', async () => {
    const room = new Room();
    await room.take('a', '甲', { expectedRevision: 'no_stream' });
    await room.take('b', '乙', { expectedRevision: 0 });
    await expect(room.leave('c', '甲')).resolves.toMatchObject({ revision: 2 });
  });
});

describe('a command that changes nothing, or may not happen', () => {
  it('answers where the stream stands', async () => {
    const room = new Room();
    await room.take('a', '甲');
    expect(await room.take('b', '甲')).toEqual({
      kind: 'unchanged',
      stream: STREAM,
      revision: 0,
      position: '1',
      replayed: false,
    });
  });

  it('is rejected with its reason, and nothing is appended', async () => {
    const room = new Room();
    await expect(room.leave('a', '甲')).rejects.toEqual(rejected('no-seat'));
    expect(room.log.all()).toEqual([]);
  });

  it.each([
    ['another revision', 7],
    ['a new stream', 'no_stream'],
  ] as const)('is stale when its sender has seen %s', async (_seen, expectedRevision) => {
    const room = new Room();
    await room.take('a', '甲');
    await expect(room.take('b', '乙', { expectedRevision })).rejects.toEqual(rejected('stale-revision'));
    expect(await room.seated()).toEqual(['甲']);
  });
});

describe('a repeated command', () => {
  it('answers what it answered first, and stores nothing twice', async () => {
    const room = new Room();
    const first = await room.take('k', '甲');
    await room.take('other', '乙');
    expect(await room.take('k', '甲')).toEqual({ ...first, replayed: true });
    expect(room.log.all()).toHaveLength(2);
  });

  it('answers the same although the revision that it named is long past', async () => {
    const room = new Room();
    await room.take('k', '甲', { expectedRevision: 'no_stream' });
    await expect(room.take('k', '甲', { expectedRevision: 'no_stream' })).resolves.toMatchObject({
      replayed: true,
    });
  });

  it('stays rejected although it could happen now', async () => {
    const room = new Room();
    room.capacity = 0;
    await expect(room.take('k', '甲')).rejects.toEqual(rejected('sold-out'));
    room.capacity = 2;
    await expect(room.take('k', '甲')).rejects.toEqual(rejected('sold-out'));
    await expect(room.take('new key', '甲')).resolves.toMatchObject({ kind: 'accepted' });
  });

  it('stays without effect although it would change something now', async () => {
    const room = new Room();
    await room.take('a', '甲');
    const unchanged = await room.take('k', '甲');
    await room.leave('b', '甲');
    expect(await room.take('k', '甲')).toEqual({ ...unchanged, replayed: true });
    expect(await room.seated()).toEqual([]);
  });

  it('is refused when its key came with another body', async () => {
    const room = new Room();
    await room.take('k', '甲');
    await expect(room.take('k', '乙')).rejects.toEqual(rejected('idempotency-key-reused'));
    expect(await room.seated()).toEqual(['甲']);
    await expect(room.take('k', '甲')).resolves.toMatchObject({ kind: 'accepted', replayed: true });
  });

  it('is found in the log when the process died between append and answer', async () => {
    const room = new Room();
    const first = await room.take('k', '甲');
    room.ledger = new FakeCommandLedger();
    await room.ledger.reserve(
      commandIdOf('actor', 'k'),
      envelope('k', { type: 'TakeSeat', by: '甲' }).bodyHmac,
    );
    expect(await room.take('k', '甲')).toEqual({ ...first, replayed: true });
    expect(room.log.all()).toHaveLength(1);
  });

  it('is found in the log when the ledger has lost it, and another body is refused then too', async () => {
    const room = new Room();
    const first = await room.take('k', '甲');
    room.ledger = new FakeCommandLedger();
    expect(await room.take('k', '甲')).toEqual({ ...first, replayed: true });
    room.ledger = new FakeCommandLedger();
    await expect(room.take('k', '乙')).rejects.toEqual(rejected('idempotency-key-reused'));
  });

  it('is decided for the first time when the process died before the append', async () => {
    const room = new Room();
    await room.ledger.reserve(
      commandIdOf('actor', 'k'),
      envelope('k', { type: 'TakeSeat', by: '甲' }).bodyHmac,
    );
    await expect(room.take('k', '甲')).resolves.toMatchObject({ kind: 'accepted', replayed: false });
  });
});

describe('what a command has led to already', () => {
  const earlier = (room: Room, key: string, by = '甲') =>
    earlierOutcome(room.ports, envelope(key, { type: 'TakeSeat', by }), STREAM);

  it('is nothing for a new command, and for one that died before its append', async () => {
    const room = new Room();
    expect(await earlier(room, 'k')).toBeUndefined();
    expect(await earlier(room, 'k')).toBeUndefined();
    await expect(room.take('k', '甲')).resolves.toMatchObject({ kind: 'accepted', replayed: false });
  });

  it('is what it was answered: accepted, without effect, or rejected', async () => {
    const room = new Room();
    const first = await room.take('k', '甲');
    const unchanged = await room.take('again', '甲');
    room.capacity = 0;
    await expect(room.take('late', '乙')).rejects.toEqual(rejected('sold-out'));
    expect(await earlier(room, 'k')).toEqual({ ...first, replayed: true });
    expect(await earlier(room, 'again')).toEqual({ ...unchanged, replayed: true });
    await expect(earlier(room, 'late', '乙')).rejects.toEqual(rejected('sold-out'));
  });

  it('is found in the log when the ledger has lost it', async () => {
    const room = new Room();
    const first = await room.take('k', '甲');
    room.ledger = new FakeCommandLedger();
    expect(await earlier(room, 'k')).toEqual({ ...first, replayed: true });
  });

  it('is refused when the key came with another body', async () => {
    const room = new Room();
    await room.take('k', '甲');
    await expect(earlier(room, 'k', '乙')).rejects.toEqual(rejected('idempotency-key-reused'));
  });
});

describe('a conflict', () => {
  it('is decided again on what the other writer left', async () => {
    const room = new Room();
    room.log.mishaps.push(() => room.take('faster', '乙'));
    await expect(room.take('k', '甲')).resolves.toMatchObject({ revision: 1 });
    room.capacity = 3;
    room.log.mishaps.push(() => room.take('again faster', '丙'));
    await expect(room.take('too late', '丁')).rejects.toEqual(rejected('sold-out'));
  });

  it('is given up after the last attempt without a trace, so that the same command may come again', async () => {
    const room = new Room();
    room.capacity = 100;
    const faster = (number: number) => () => room.take(`faster-${number}`, `乙${number}`);
    // Each mishap is followed by an undisturbed append: that of the faster writer.
    for (let attempt = 0; attempt < 4; attempt++)
      room.log.mishaps.push(faster(attempt), () => Promise.resolve());
    await expect(room.take('k', '甲')).rejects.toThrow(RevisionConflict);
    expect(await room.seated()).not.toContain('甲');
    await expect(room.take('k', '甲')).resolves.toMatchObject({ kind: 'accepted', replayed: false });
  });
});

describe('an append without answer', () => {
  it('is found when it was stored', async () => {
    const room = new Room();
    room.log.mishaps.push('unanswered');
    await expect(room.take('k', '甲')).resolves.toMatchObject({ kind: 'accepted', revision: 0 });
    expect(room.log.all()).toHaveLength(1);
  });

  it('is appended again with the same ids when it was lost, and arrives once even if it comes late', async () => {
    const room = new Room();
    room.log.mishaps.push('lost');
    await expect(room.take('k', '甲')).resolves.toMatchObject({ kind: 'accepted', revision: 0 });
    await Promise.all(room.log.underway.map((arrive) => arrive()));
    expect(room.log.all()).toHaveLength(1);
  });

  it('leaves nothing behind that a repeated command could not settle', async () => {
    const room = new Room();
    room.log.mishaps.push('lost', 'lost', 'lost', 'unanswered');
    await expect(room.take('k', '甲')).rejects.toThrow(AppendOutcomeUnknown);
    await expect(room.take('k', '甲')).resolves.toMatchObject({ kind: 'accepted', replayed: true });
    expect(room.log.all()).toHaveLength(1);
  });

  it('is not answered with a rejection that the late append would belie', async () => {
    const room = new Room();
    room.log.mishaps.push('lost');
    const { ports } = room;
    // The first decision sees two seats, every later one none.
    const capacities = [2];
    const command = { type: 'TakeSeat', by: '甲' } as const;
    const context = async () => ({ capacity: capacities.shift() ?? 0 });
    const answer = await send(ports, envelope('k', command), command, context).catch(
      (error: unknown) => error,
    );
    await Promise.allSettled(room.log.underway.map((arrive) => arrive()));
    expect([answer instanceof Rejection, await room.seated()]).toEqual([false, ['甲']]);
  });
});

describe('what the command ledger keeps', () => {
  const sendKeeping = (room: Room, keeps: Keeping, key: string, command: SeatCommand) =>
    send(room.ports, envelope(key, command), command, async () => ({ capacity: room.capacity }), { keeps });

  it.each(['rejections', 'nothing'] as const)(
    '%s: a yes is not written down, and told again by the stream',
    async (keeps) => {
      const room = new Room();
      const first = await sendKeeping(room, keeps, 'k', { type: 'TakeSeat', by: '甲' });
      expect(await sendKeeping(room, keeps, 'k', { type: 'TakeSeat', by: '甲' })).toEqual({
        ...first,
        replayed: true,
      });
      await expect(sendKeeping(room, keeps, 'k', { type: 'TakeSeat', by: '乙' })).rejects.toEqual(
        rejected('idempotency-key-reused'),
      );
      expect(room.ledger.size).toBe(0);
    },
  );

  it('rejections: a no stays no, also for the same key with another body', async () => {
    const room = new Room();
    room.capacity = 0;
    await expect(sendKeeping(room, 'rejections', 'k', { type: 'TakeSeat', by: '甲' })).rejects.toEqual(
      rejected('sold-out'),
    );
    room.capacity = 2;
    await expect(sendKeeping(room, 'rejections', 'k', { type: 'TakeSeat', by: '甲' })).rejects.toEqual(
      rejected('sold-out'),
    );
    await expect(sendKeeping(room, 'rejections', 'k', { type: 'TakeSeat', by: '乙' })).rejects.toEqual(
      rejected('idempotency-key-reused'),
    );
    expect(await room.seated()).toEqual([]);
  });

  it('rejections: one under a key that another body has taken meanwhile is not written over it', async () => {
    const room = new Room();
    room.capacity = 0;
    const command: SeatCommand = { type: 'TakeSeat', by: '甲' };
    const taken = async () => {
      await room.ledger.reserve(commandIdOf('actor', 'k'), 'another body');
      return { capacity: 0 };
    };
    await send(room.ports, envelope('k', command), command, taken, { keeps: 'rejections' }).catch(
      () => undefined,
    );
    expect(await room.ledger.recall(commandIdOf('actor', 'k'))).toEqual({ bodyHmac: 'another body' });
  });

  it('nothing: a no is decided anew', async () => {
    const room = new Room();
    room.capacity = 0;
    await expect(sendKeeping(room, 'nothing', 'k', { type: 'TakeSeat', by: '甲' })).rejects.toEqual(
      rejected('sold-out'),
    );
    room.capacity = 1;
    await expect(sendKeeping(room, 'nothing', 'k', { type: 'TakeSeat', by: '甲' })).resolves.toMatchObject({
      kind: 'accepted',
    });
  });
});

describe('a stream that is believed to be empty', () => {
  const sendBelieving = (room: Room, key: string, command: SeatCommand) =>
    send(room.ports, envelope(key, command), command, async () => ({ capacity: room.capacity }), {
      keeps: 'nothing',
      believedEmpty: true,
    });

  it('is not read when it is', async () => {
    const room = new Room();
    room.log.readStream = () => Promise.reject(new Error('read'));
    await expect(sendBelieving(room, 'k', { type: 'TakeSeat', by: '甲' })).resolves.toMatchObject({
      revision: 0,
    });
  });

  it('is read when it is not, and decided on what it says', async () => {
    const room = new Room();
    await room.take('a', '甲');
    await expect(sendBelieving(room, 'b', { type: 'TakeSeat', by: '乙' })).resolves.toMatchObject({
      revision: 1,
    });
    await expect(sendBelieving(room, 'c', { type: 'TakeSeat', by: '丙' })).rejects.toEqual(
      rejected('sold-out'),
    );
  });

  it('«nothing changed» is not answered on the belief alone', async () => {
    const room = new Room();
    await room.take('a', '甲');
    const patient = {
      ...seats,
      decide: (...[seated, command, context]: Parameters<typeof seats.decide>) =>
        seated.length === 0 ? [] : seats.decide(seated, command, context),
    };
    const command: SeatCommand = { type: 'TakeSeat', by: '乙' };
    const outcome = await handleCommand(room.ports, envelope('b', command), {
      stream: STREAM,
      catalogue: sampleEvents,
      decider: patient,
      command,
      context: async () => ({ capacity: 2 }),
      believedEmpty: true,
    });
    expect(outcome).toMatchObject({ kind: 'accepted', revision: 1 });
  });

  it('a no is not answered on the belief alone', async () => {
    const room = new Room();
    await room.take('a', '甲');
    await expect(sendBelieving(room, 'b', { type: 'LeaveSeat', by: '甲' })).resolves.toMatchObject({
      kind: 'accepted',
      revision: 1,
    });
  });
});

describe('a stream as this process has left it', () => {
  /** What is sent here keeps nothing, and remembers streams. */
  function remembering(room: Room) {
    const ports: CommandHandlingPorts = { ...room.ports, recent: new RecentStreams() };
    const sendOne = (key: string, command: SeatCommand) =>
      send(ports, envelope(key, command), command, async () => ({ capacity: room.capacity }), {
        keeps: 'nothing',
      });
    return {
      take: (key: string, by: string) => sendOne(key, { type: 'TakeSeat', by }),
      leave: (key: string, by: string) => sendOne(key, { type: 'LeaveSeat', by }),
    };
  }

  it('is not read again before the next command on it', async () => {
    const room = new Room();
    const desk = remembering(room);
    await desk.take('a', '甲');
    const reading = vi.spyOn(room.log, 'readStream');
    expect(await desk.take('b', '乙')).toMatchObject({ kind: 'accepted', revision: 1 });
    expect(await desk.leave('c', '甲')).toMatchObject({ kind: 'accepted', revision: 2 });
    expect(reading).not.toHaveBeenCalled();
    expect(await room.seated()).toEqual(['乙']);
  });

  it('answers a repeated command as the first time', async () => {
    const desk = remembering(new Room());
    const first = await desk.take('a', '甲');
    await desk.take('b', '乙');
    expect(await desk.take('a', '甲')).toEqual({ ...first, replayed: true });
  });

  it('is read when others have written since, whatever would have been decided', async () => {
    const room = new Room();
    const desk = remembering(room);
    await desk.take('a', '甲');
    await room.take('other', '乙');
    await expect(desk.take('b', '丙')).rejects.toEqual(rejected('sold-out'));
    await desk.leave('c', '乙');
    await room.leave('another', '甲');
    expect(await desk.take('d', '甲')).toMatchObject({ kind: 'accepted', revision: 4 });
  });

  it('gives no «no» and no «nothing changed» by itself', async () => {
    const room = new Room();
    const desk = remembering(room);
    await desk.take('a', '甲');
    await desk.take('b', '乙');
    await room.leave('other', '甲');
    expect(await desk.take('c', '丙')).toMatchObject({ kind: 'accepted', revision: 3 });
  });
});

describe('runs of the same command', () => {
  it('with ids of their own: exactly one has appended, and each knows which', async () => {
    const room = new Room();
    const command: SeatCommand = { type: 'TakeSeat', by: '甲' };
    const run = (id: string) =>
      send(room.ports, envelope('k', command), command, async () => ({ capacity: 2 }), {
        keeps: 'nothing',
        run: id,
      });
    const ids = Array.from({ length: 5 }, () => randomUUID());
    const answers = await Promise.all(ids.map(run));
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
    const winner = ids[answers.findIndex(({ replayed }) => !replayed)] ?? '';
    expect(room.log.all().map(({ id }) => id)).toEqual([eventIdOf(winner, 0)]);
  });
});

describe('a log that cannot be used', () => {
  it('is reported as it is, and the command may come again', async () => {
    const room = new Room();
    room.log.mishaps.push('unavailable');
    await expect(room.take('k', '甲')).rejects.toThrow(EventLogUnavailable);
    await expect(room.take('k', '甲')).resolves.toMatchObject({ kind: 'accepted', replayed: false });
  });

  it('stops on an event version that this build does not know', async () => {
    const room = new Room();
    await room.take('a', '甲');
    const newer = {
      readStream: async (stream: string) =>
        (await room.log.readStream(stream)).map((stored) => ({
          ...stored,
          metadata: { ...stored.metadata, schemaVersion: 2 },
        })),
      append: room.log.append.bind(room.log),
    } satisfies EventLog;
    const command = { type: 'TakeSeat', by: '乙' } as const;
    const sending = send({ ...room.ports, log: newer }, envelope('b', command), command, async () => ({
      capacity: 2,
    }));
    await expect(sending).rejects.toThrow(UnknownEventVersion);
  });
});

describe('commands at the same time', () => {
  it('with the same key have one effect and one answer', async () => {
    const room = new Room();
    const answers = await Promise.all(Array.from({ length: 8 }, () => room.take('k', '甲')));
    expect(room.log.all()).toHaveLength(1);
    expect(new Set(answers.map(({ kind, revision, position }) => `${kind} ${revision} ${position}`))).toEqual(
      new Set(['accepted 0 1']),
    );
  });

  it('with the same key: a replay tells of the accepted twin, not of the one that was rejected before it', async () => {
    const room = new Room();
    room.capacity = 0;
    const { log, ledger } = room;
    const late = Promise.withResolvers<void>();
    const slowLedger = {
      reserve: ledger.reserve.bind(ledger),
      record: async (...record: Parameters<typeof ledger.record>) => {
        await late.promise;
        await ledger.record(...record);
      },
      recall: ledger.recall.bind(ledger),
    };
    const command = { type: 'TakeSeat', by: '甲' } as const;
    const context = async () => ({ capacity: room.capacity });
    const slow = send({ ...room.ports, log, ledger: slowLedger }, envelope('k', command), command, context);
    await new Promise((resolve) => setImmediate(resolve));
    room.capacity = 1;
    await expect(room.take('k', '甲')).resolves.toMatchObject({ kind: 'accepted' });
    late.resolve();
    await slow.catch(() => undefined);
    await expect(room.take('k', '甲')).resolves.toMatchObject({ kind: 'accepted', replayed: true });
  });

  it('with different keys: exactly as many win as there are seats', async () => {
    const room = new Room();
    const answers = await Promise.allSettled(
      Array.from({ length: 4 }, (_, number) => room.take(`k${number}`, `人${number}`)),
    );
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
    expect(await room.seated()).toHaveLength(2);
  });

  const person = fc.constantFrom('甲', '乙', '丙');
  const command = fc.record({ type: fc.constantFrom('TakeSeat' as const, 'LeaveSeat' as const), by: person });
  const mishap = fc.constantFrom<Mishap>('lost', 'unanswered', 'unavailable', () => Promise.resolve());
  /** A command, and how often it is sent at once under the same key. */
  const sending = fc.record({ command, copies: fc.integer({ min: 1, max: 3 }) });

  /** The room with every call of its ports put off until the scheduler picks it. */
  function scheduledPorts(room: Room, scheduler: fc.Scheduler): CommandHandlingPorts {
    const { log, ledger } = room;
    return {
      ...room.ports,
      log: {
        readStream: scheduler.scheduleFunction((stream: string) => log.readStream(stream)),
        append: scheduler.scheduleFunction((...append: Parameters<EventLog['append']>) =>
          log.append(...append),
        ),
      },
      ledger: {
        reserve: scheduler.scheduleFunction((id: string, hmac: string) => ledger.reserve(id, hmac)),
        record: scheduler.scheduleFunction((...record: Parameters<typeof ledger.record>) =>
          ledger.record(...record),
        ),
        recall: scheduler.scheduleFunction((id: string) => ledger.recall(id)),
      },
    };
  }

  async function run(
    scheduler: fc.Scheduler,
    sendings: readonly { command: SeatCommand; copies: number }[],
    mishaps: readonly Mishap[],
    { keeps = 'outcomes', recent }: { readonly keeps?: Keeping; readonly recent?: RecentStreams } = {},
  ) {
    const room = new Room();
    room.log.mishaps.push(...mishaps);
    const ports = { ...scheduledPorts(room, scheduler), ...(recent && { recent }) };
    const sent = sendings.flatMap(({ command, copies }, number) =>
      Array.from({ length: copies }, () => ({ command, key: `k${number}` })),
    );
    const answers = sent.map(({ command, key }) =>
      send(ports, envelope(key, command), command, async () => ({ capacity: room.capacity }), { keeps }).then(
        (outcome): Answer => ({ outcome }),
        (error: unknown): Answer => ({ error }),
      ),
    );
    await scheduler.waitFor(Promise.all(answers));
    return { room, sent, answers: await Promise.all(answers) };
  }

  it('in every order and with every mishap: the room holds, and no command happens twice', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(sending, { maxLength: 4 }),
        fc.array(mishap, { maxLength: 5 }),
        fc.constantFrom<{ keeps: Keeping; recent?: RecentStreams }>(
          { keeps: 'outcomes' },
          { keeps: 'nothing' },
          { keeps: 'nothing', recent: new RecentStreams() },
        ),
        async (scheduler, sendings, mishaps, how) => {
          how.recent?.forget(STREAM);
          const { room } = await run(scheduler, sendings, mishaps, how);
          await Promise.allSettled(room.log.underway.map((arrive) => arrive()));
          const seated = await room.seated();
          expect(seated.length).toBeLessThanOrEqual(room.capacity);
          expect(new Set(seated).size).toBe(seated.length);
          const commands = room.log.all().map(({ metadata }) => metadata.commandId);
          expect(new Set(commands).size).toBe(commands.length);
        },
      ),
    );
  });

  /** The answer is what the log holds of the command, and asking again answers the same. */
  async function expectTruth(room: Room, sent: Sent | undefined, { outcome, error }: Answer): Promise<void> {
    if (!sent) throw new Error('every answer has its command');
    const commandId = commandIdOf('actor', sent.key);
    const stored = room.log.all().filter(({ metadata }) => metadata.commandId === commandId);
    if (outcome) {
      expect(stored).toHaveLength(outcome.kind === 'accepted' ? 1 : 0);
      expect(await room.send(sent.key, sent.command)).toEqual({ ...outcome, replayed: true });
    }
    if (error instanceof Rejection) {
      expect(stored).toEqual([]);
      await expect(room.send(sent.key, sent.command)).rejects.toEqual(rejected(error.code));
    }
  }

  it('in every order and with every mishap: an answer says what the log holds, and stays when asked again', async () => {
    const alone = fc.array(
      command.map((sentOnce) => ({ command: sentOnce, copies: 1 })),
      { maxLength: 5 },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        alone,
        fc.array(mishap, { maxLength: 5 }),
        async (scheduler, sendings, mishaps) => {
          const { room, sent, answers } = await run(scheduler, sendings, mishaps);
          await Promise.allSettled(room.log.underway.map((arrive) => arrive()));
          room.log.mishaps.length = 0;
          for (const [index, answer] of answers.entries()) await expectTruth(room, sent[index], answer);
        },
      ),
    );
  });
});
