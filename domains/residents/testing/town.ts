import { randomUUID } from 'node:crypto';
import type { EventCatalogue } from '@qingpu/contracts/events/catalogue';
import { accountEvents, identityEvents, personEvents } from '@qingpu/contracts/events/residents';
import type { Actor, NewEvent } from '@qingpu/contracts/events/stored-event';
import type { CommandEnvelope, CommandHandlingPorts } from '@qingpu/domains-kernel/command-handling';
import { commandIdOf } from '@qingpu/domains-kernel/event-ids';
import type { Appended, ExpectedRevision } from '@qingpu/domains-kernel/event-log';
import { readEvents } from '@qingpu/domains-kernel/read-stream';
import { FakeCommandLedger } from '@qingpu/domains-kernel/testing/fake-command-ledger';
import { FakeEventLog } from '@qingpu/domains-kernel/testing/fake-event-log';
import { FakeSealer } from '@qingpu/domains-kernel/testing/fake-sealer';
import type { IdentityRegister, IdentityVerdict, NamedIdentity, PersonIds } from '../ports.ts';

/** A process that dies: nothing after it runs. */
export class Killed extends Error {
  override readonly name = 'Killed';
}

/** A log that lets the caller die before or after one of its appends. */
class MortalLog extends FakeEventLog {
  /** Appends until the next death; even ones die before, odd ones after it is stored. */
  killAt: number | undefined;
  #appends = 0;

  override async append(
    stream: string,
    events: readonly NewEvent[],
    expected: ExpectedRevision,
  ): Promise<Appended> {
    const turn = this.#appends++;
    if (this.killAt === 2 * turn) throw new Killed();
    const appended = await super.append(stream, events, expected);
    if (this.killAt === 2 * turn + 1) throw new Killed();
    return appended;
  }

  live(): void {
    this.killAt = undefined;
    this.#appends = 0;
  }
}

/** A register that believes everybody until told otherwise. */
export class FakeRegister implements IdentityRegister {
  answer: IdentityVerdict | Error = { result: 'verified', reference: 'check-1' };
  readonly asked: NamedIdentity[] = [];

  async check(identity: NamedIdentity): Promise<IdentityVerdict> {
    this.asked.push(identity);
    if (this.answer instanceof Error) throw this.answer;
    return this.answer;
  }
}

/** Everything that the handlers of residents stand on, in memory. */
export class Town {
  readonly log = new MortalLog();
  readonly sealer = new FakeSealer();
  readonly register = new FakeRegister();
  readonly ids: PersonIds = { next: () => randomUUID() };
  now = new Date('2026-03-01T02:00:00.000Z');
  readonly handling: CommandHandlingPorts = {
    log: this.log,
    ledger: new FakeCommandLedger(),
    clock: { now: () => this.now },
  };

  /** The envelope of a request; the same key with the same body is the same request. */
  envelope(key: string, body: unknown = key, actor: Actor = { kind: 'resident', id: 'r' }): CommandEnvelope {
    const commandId = commandIdOf(actor.id, key);
    const bodyHmac = this.sealer.fingerprint('command-body', body);
    return { commandId, bodyHmac, actor, correlationId: 'c', causationId: commandId };
  }

  events<Catalogue extends EventCatalogue>(catalogue: Catalogue) {
    return readEvents(catalogue, this.log.all());
  }

  /** The ids of all persons that there are. */
  get persons(): string[] {
    return this.events(personEvents).flatMap(({ type, data }) =>
      type === 'PersonRegistered' ? [data.personId] : [],
    );
  }

  get claims(): string[] {
    return this.events(identityEvents).map(({ data }) => data.personId);
  }

  get accounts() {
    return this.events(accountEvents);
  }
}
