import { createHash } from 'node:crypto';
import { readEvent } from '@qingpu/contracts/events/catalogue';
import { type InstitutionsEvent, institutionEvents } from '@qingpu/contracts/events/institutions';
import type { Sealed } from '@qingpu/contracts/events/sealed';
import type { Actor, StoredEvent } from '@qingpu/contracts/events/stored-event';
import type { DoctorPerson } from '@qingpu/contracts/partners/hospital/registration';
import { foldWrites, type Opener, physicalCollection } from '@qingpu/read-models-kernel/view';
import type { ViewStore } from '@qingpu/read-models-kernel/view-store';
import { EVENT_FACTS } from '../event-facts.ts';
import { institutionDirectory } from '../projection.ts';
import { entryId, institutionDirectoryView } from '../view.ts';

const STAFF: Actor = { kind: 'staff', id: 'staff-1' };

/** A log in memory: gives events their stream, revision, position and time. */
export class DirectoryLog {
  readonly events: StoredEvent[] = [];

  add(event: InstitutionsEvent, actor: Actor = STAFF): this {
    const { institutionCode, code } = event.data;
    const stream = entryId(EVENT_FACTS[event.type].kind, institutionCode, code);
    const revision = this.events.filter((earlier) => earlier.stream === stream).length;
    const position = BigInt(this.events.length + 1);
    this.events.push({
      id: `event-${position}`,
      type: event.type,
      data: event.data,
      stream,
      revision,
      position,
      metadata: {
        schemaVersion: 1,
        commandId: `command-${position}`,
        bodyHmac: 'hmac',
        actor,
        correlationId: 'correlation',
        causationId: 'causation',
        occurredAt: minuteOf(this.events.length),
      },
    });
    return this;
  }
}

/** When event number `index` of a log happened. */
export function minuteOf(index: number): string {
  return `2026-03-01T08:${String(index % 60).padStart(2, '0')}:00.000+08:00`;
}

/** Opens what `sealPerson` sealed, until the person is erased. */
export class FakeOpener implements Opener {
  readonly #erased = new Set<string>();

  async open(sealed: Sealed): Promise<unknown | undefined> {
    if (this.#erased.has(sealed.subject)) return undefined;
    return JSON.parse(Buffer.from(sealed.box, 'base64').toString('utf8'));
  }

  erase(subject: string): void {
    this.#erased.add(subject);
  }
}

/** The sealed part of a doctor's event. */
export function sealPerson(institutionCode: string, code: string, person: DoctorPerson) {
  const content = JSON.stringify(person);
  const digest = (text: string) => createHash('sha256').update(text).digest('hex');
  return {
    person: {
      subject: `doctor:${institutionCode}:${code}`,
      keyId: 'k1',
      box: Buffer.from(content).toString('base64'),
    },
    personFingerprint: digest(content),
    residentIdIndex: digest(person.residentId),
  };
}

/** Takes one batch of events into the view as its runner does. */
export async function takeIn(
  store: ViewStore,
  events: readonly StoredEvent[],
  opener: Opener = new FakeOpener(),
): Promise<void> {
  const { view, project, catalogue } = { ...institutionDirectory, catalogue: institutionEvents };
  const projected = await Promise.all(
    events.map(async (stored) => {
      const event = readEvent(catalogue, { ...stored, version: stored.metadata.schemaVersion });
      return event ? project(event, stored, opener) : [];
    }),
  );
  await store.write(
    foldWrites(projected.flat()).map((write) => ({
      ...write,
      collection: physicalCollection(view, view.version, write.collection),
    })),
  );
}

/** Everything that the view holds, by collection. */
export async function contentOf(store: ViewStore) {
  const { version, collections } = institutionDirectoryView;
  const read = async (collection: string) =>
    [
      collection,
      await store.find(physicalCollection(institutionDirectoryView, version, collection), {
        filter: {},
        sort: { _id: 1 },
        limit: 10_000,
      }),
    ] as const;
  return Object.fromEntries(await Promise.all(Object.keys(collections).map(read)));
}
