import type { PersonContent } from '@qingpu/contracts/events/residents';
import type { AuditLog } from '@qingpu/crypto/audit-log';
import { DeliveryFault } from '@qingpu/runtime/delivery-worker';
import type { CardHolder, People } from '../residents/people.ts';

/** What a person is opened for. */
export interface Disclosure {
  readonly deliveryId: string;
  readonly kind: string;
  /** Who will know: an institution's code, or the name of a gateway. */
  readonly recipient: string;
}

/** Persons as deliveries name them: opened at the moment of delivery, and never without a trace of it. */
export class DisclosedPeople {
  readonly #people: Pick<People, 'openPerson' | 'openHolder'>;
  readonly #audit: Pick<AuditLog, 'append'>;

  constructor(people: Pick<People, 'openPerson' | 'openHolder'>, audit: Pick<AuditLog, 'append'>) {
    this.#people = people;
    this.#audit = audit;
  }

  /** @throws DeliveryFault for good when the person has been erased, AuditUnavailable, EventLogUnavailable */
  async person(personId: string, disclosure: Disclosure): Promise<PersonContent> {
    return this.#disclosed(await this.#people.openPerson(personId), personId, disclosure);
  }

  /** As `person`, with one of their cards; without it when it has been removed since. */
  async holder(personId: string, cardId: string | null, disclosure: Disclosure): Promise<CardHolder> {
    return this.#disclosed(await this.#people.openHolder(personId, cardId), personId, disclosure);
  }

  async #disclosed<Opened>(
    opened: Opened | undefined,
    personId: string,
    disclosure: Disclosure,
  ): Promise<Opened> {
    // Nobody can be told of somebody who is not there any more, today or later.
    if (!opened) throw new DeliveryFault('person-erased', { final: true });
    await this.#trace(personId, disclosure);
    return opened;
  }

  #trace(personId: string, { deliveryId, kind, recipient }: Disclosure): Promise<void> {
    return this.#audit.append({
      requestId: deliveryId,
      actor: { kind: 'system', id: 'worker:deliveries', role: '-' },
      action: `DELIVER ${kind} ${recipient}`,
      target: personId,
      outcome: 200,
    });
  }
}
