import { randomUUID } from 'node:crypto';
import type { NewEvent } from '@qingpu/contracts/events/stored-event';
import { describe, expect, it } from 'vitest';
import { type EventLog, RevisionConflict } from '../event-log.ts';

/** What every event log must do; run on the fake and on the real adapter. */
export function eventLogContract(name: string, open: () => EventLog): void {
  describe(`event log contract: ${name}`, () => {
    const stream = () => `sample-${randomUUID()}`;

    it('answers an empty history for a stream that was never written', async () => {
      expect(await open().readStream(stream())).toEqual([]);
    });

    it('appends to a new stream and reads back what was written', async () => {
      const log = open();
      const target = stream();
      const events = [sampleEvent(), sampleEvent()];
      const appended = await log.append(target, events, 'no_stream');
      const history = await log.readStream(target);
      expect(history.map(({ id, type, data, metadata }) => ({ id, type, data, metadata }))).toEqual(events);
      expect(history.map((event) => event.revision)).toEqual([0, 1]);
      expect(appended).toEqual({ revision: 1, position: history[1]?.position });
    });

    it('refuses an append at any revision but the exact one', async () => {
      const log = open();
      const target = stream();
      await log.append(target, [sampleEvent()], 'no_stream');
      await expect(log.append(target, [sampleEvent()], 'no_stream')).rejects.toThrow(RevisionConflict);
      await expect(log.append(target, [sampleEvent()], 3)).rejects.toThrow(RevisionConflict);
      expect(await log.readStream(target)).toHaveLength(1);
    });

    it('answers a repeated append of the same ids as the first time and stores nothing twice', async () => {
      const log = open();
      const target = stream();
      await log.append(target, [sampleEvent()], 'no_stream');
      const events = [sampleEvent(), sampleEvent()];
      const first = await log.append(target, events, 0);
      expect(await log.append(target, events, 0)).toEqual(first);
      expect(await log.readStream(target)).toHaveLength(3);
    });

    it('lets exactly one of many racing writers win', async () => {
      const log = open();
      const target = stream();
      const races = await Promise.allSettled(
        Array.from({ length: 12 }, () => log.append(target, [sampleEvent()], 'no_stream')),
      );
      expect(races.filter((race) => race.status === 'fulfilled')).toHaveLength(1);
      for (const race of races) {
        if (race.status === 'rejected') expect(race.reason).toBeInstanceOf(RevisionConflict);
      }
      expect(await log.readStream(target)).toHaveLength(1);
    });

    it('gives later events higher positions, across streams', async () => {
      const log = open();
      const first = await log.append(stream(), [sampleEvent()], 'no_stream');
      const second = await log.append(stream(), [sampleEvent()], 'no_stream');
      expect(second.position > first.position).toBe(true);
    });

    it('reads a history longer than one page of the wire', async () => {
      const log = open();
      const target = stream();
      for (let batch = 0; batch < 5; batch++) {
        const events = Array.from({ length: 150 }, sampleEvent);
        await log.append(target, events, batch === 0 ? 'no_stream' : batch * 150 - 1);
      }
      const history = await log.readStream(target);
      expect(history.map((event) => event.revision)).toEqual(
        Array.from({ length: 750 }, (_, index) => index),
      );
    });
  });
}

function sampleEvent(): NewEvent {
  return {
    id: randomUUID(),
    type: 'SampleHappened',
    data: { note: '青浦', count: 1, nested: { list: [1, 2] } },
    metadata: {
      schemaVersion: 1,
      commandId: randomUUID(),
      bodyHmac: 'hmac',
      actor: { kind: 'system', id: 'test' },
      correlationId: randomUUID(),
      causationId: randomUUID(),
      occurredAt: '2026-11-23T08:00:00.000+08:00',
    },
  };
}
