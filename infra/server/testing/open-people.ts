import type { PersonContent } from '@qingpu/contracts/events/residents';
import { DisclosedPeople } from '../operations/disclosed-people.ts';
import type { OpenCard } from '../residents/people.ts';

/** Persons for specs of gateways, with nobody behind them; `traced` holds whom a delivery has opened. */
export function openPeople(
  persons: Readonly<Record<string, PersonContent>>,
  cards: Readonly<Record<string, OpenCard>> = {},
  traced: string[] = [],
): DisclosedPeople {
  return new DisclosedPeople(
    {
      openPerson: async (personId) => persons[personId],
      openHolder: async (personId, cardId) => {
        const person = persons[personId];
        return person && { person, card: cardId === null ? undefined : cards[cardId] };
      },
    },
    {
      append: async ({ action, target }) => {
        traced.push(`${action} ${target}`);
      },
    },
  );
}

export function noPeople(): DisclosedPeople {
  return openPeople({});
}
