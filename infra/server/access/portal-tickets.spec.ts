import { describe, expect, it } from 'vitest';
import { type Entrance, PortalTickets } from './portal-tickets.ts';
import type { ExpiringStore } from './session-store.ts';

class FakeStore implements ExpiringStore<Entrance | null> {
  readonly documents = new Map<string, { readonly value: Entrance | null; readonly expiresAt: number }>();

  async insert(key: string, value: Entrance | null, expiresAt: number): Promise<boolean> {
    if (this.documents.has(key)) return false;
    this.documents.set(key, { value, expiresAt });
    return true;
  }

  async find(key: string, now: number) {
    const found = this.documents.get(key);
    return found && found.expiresAt > now ? found : undefined;
  }

  async remove(key: string): Promise<void> {
    this.documents.delete(key);
  }
}

const entrance: Entrance = {
  account: { accountId: 'app-1', displayName: '王**', role: 'resident', institutionCode: null },
  path: '/portal/appointments',
};
const NOW = 1_000_000;

function made() {
  const store = new FakeStore();
  return {
    store,
    tickets: new PortalTickets(store, (purpose, content) => `${purpose} ${String(content).length}`),
  };
}

describe('a ticket', () => {
  it('opens once, however many come with it at the same time', async () => {
    const { tickets } = made();
    const { ticket } = await tickets.issue(entrance, NOW);
    const answers = await Promise.all([1, 2, 3].map(() => tickets.redeem(ticket, NOW + 1)));
    expect(answers.filter((answer) => answer !== undefined)).toEqual([entrance]);
    expect(await tickets.redeem(ticket, NOW + 2)).toBeUndefined();
  });

  it('is good for a minute', async () => {
    const { tickets } = made();
    const { ticket, expiresAt } = await tickets.issue(entrance, NOW);
    expect(expiresAt).toBe(NOW + 60_000);
    expect(await tickets.redeem(ticket, expiresAt)).toBeUndefined();
    expect(await tickets.redeem(ticket, expiresAt - 1)).toEqual(entrance);
  });

  it('is not what stands in the store, and nothing else is one', async () => {
    const { store, tickets } = made();
    const { ticket } = await tickets.issue(entrance, NOW);
    expect([...store.documents.keys()].join()).not.toContain(ticket);
    for (const wrong of ['', 'x', `${ticket} used`, '../../etc'])
      expect(await tickets.redeem(wrong, NOW)).toBeUndefined();
  });
});
