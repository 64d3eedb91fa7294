import { readEvent } from '@qingpu/contracts/events/catalogue';
import type {
  AccountEvent,
  PersonContent,
  PersonEvent,
  PreviewEvent,
} from '@qingpu/contracts/events/residents';
import type { Sealed } from '@qingpu/contracts/events/sealed';
import type { StoredEvent } from '@qingpu/contracts/events/stored-event';
import { foldWrites, type Opener, physicalCollection } from '@qingpu/read-models-kernel/view';
import type { ViewStore } from '@qingpu/read-models-kernel/view-store';
import { residents } from '../projection.ts';
import { residentsView } from '../view.ts';

export const personId = (number: number) =>
  `7d9fb0c2-3b5e-4a0a-9c53-8a6f2f3f${String(number).padStart(4, '0')}`;
export const cardId = (number: number) =>
  `7d9fb0c2-3b5e-4a0a-9c53-8a6f2f3c${String(number).padStart(4, '0')}`;

/** A log in memory: gives events their stream, revision, position and time. */
export class ResidentsLog {
  readonly events: StoredEvent[] = [];

  add(event: PersonEvent | AccountEvent | PreviewEvent): this {
    const stream = streamOf(event);
    const position = BigInt(this.events.length + 1);
    this.events.push({
      id: `event-${position}`,
      type: event.type,
      data: event.data,
      stream,
      revision: this.events.filter((earlier) => earlier.stream === stream).length,
      position,
      metadata: {
        schemaVersion: 1,
        commandId: `command-${position}`,
        bodyHmac: 'hmac',
        actor: { kind: 'staff', id: 'staff-1' },
        correlationId: 'correlation',
        causationId: 'causation',
        occurredAt: minuteOf(this.events.length),
      },
    });
    return this;
  }
}

function streamOf({ type, data }: PersonEvent | AccountEvent | PreviewEvent): string {
  if ('accountId' in data) return `account-${data.accountId}`;
  return `${type.startsWith('Preview') ? 'preview' : 'person'}-${data.personId}`;
}

/** When event number `index` of a log happened. */
export function minuteOf(index: number): string {
  return `2026-03-01T08:${String(index % 60).padStart(2, '0')}:00.000+08:00`;
}

/** Opens what `sealed` sealed, until the person is erased. */
export class FakeOpener implements Opener {
  readonly #erased = new Set<string>();

  async open({ subject, box }: Sealed): Promise<unknown | undefined> {
    return this.#erased.has(subject) ? undefined : JSON.parse(Buffer.from(box, 'base64').toString('utf8'));
  }

  erase(number: number): void {
    this.#erased.add(`person:${personId(number)}`);
  }
}

export function sealed(number: number, content: unknown): Sealed {
  const box = Buffer.from(JSON.stringify(content)).toString('base64');
  return { subject: `person:${personId(number)}`, keyId: 'k1', box };
}

export function sampleContent(changes: Partial<PersonContent> = {}): PersonContent {
  return {
    name: '王小明',
    identityKind: '01',
    identityNumber: '310000198001010015',
    sex: '1',
    birthDate: '1980-01-01',
    mobile: '19912345678',
    ...changes,
  };
}

/** What an event says of a person; the indexes stand for what a sealer would make. */
export function known(number: number, content: PersonContent = sampleContent()) {
  return {
    personId: personId(number),
    person: sealed(number, content),
    personFingerprint: `fingerprint of ${JSON.stringify(content).length}`,
    identityIndex: `identity ${number}`,
    nameIndex: `name ${content.name.length}`,
    mobileIndex: content.mobile === null ? null : `mobile ${content.mobile.slice(-1)}`,
  };
}

export function registered(number: number, content?: PersonContent): PersonEvent {
  const verification = { method: 'nationalRegister', reference: 'check' } as const;
  return { type: 'PersonRegistered', data: { ...known(number, content), verification } };
}

export function cardAdded(person: number, card: number, number = 'A12345678'): PersonEvent {
  const data = {
    personId: personId(person),
    cardId: cardId(card),
    kind: 'socialSecurity',
    institutionCode: null,
    card: sealed(person, { number }),
    cardIndex: `card ${card}`,
  } as const;
  return { type: 'CardAdded', data };
}

/** Takes one batch of events into the view as its runner does. */
export async function takeIn(
  store: ViewStore,
  events: readonly StoredEvent[],
  opener: Opener = new FakeOpener(),
): Promise<void> {
  const projected = await Promise.all(
    events.map(async (stored) => {
      const event = readEvent(residents.catalogue, { ...stored, version: stored.metadata.schemaVersion });
      return event ? residents.project(event as never, stored, opener) : [];
    }),
  );
  const physical = (collection: string) =>
    physicalCollection(residentsView, residentsView.version, collection);
  await store.write(
    foldWrites(projected.flat()).map((write) => ({ ...write, collection: physical(write.collection) })),
  );
}

/** Everything that the view holds, by collection. */
export async function contentOf(store: ViewStore) {
  const { version, collections } = residentsView;
  const read = async (collection: string) =>
    [
      collection,
      await store.find(physicalCollection(residentsView, version, collection), {
        filter: {},
        sort: { _id: 1 },
        limit: 10_000,
      }),
    ] as const;
  return Object.fromEntries(await Promise.all(Object.keys(collections).map(read)));
}
