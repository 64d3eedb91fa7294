import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { CommandLedger, CommandOutcome } from '../command-ledger.ts';

/** What every command ledger must do; run on the fake and on the real adapter. */
export function commandLedgerContract(name: string, open: () => CommandLedger): void {
  describe(`command ledger contract: ${name}`, () => {
    const outcome: CommandOutcome = { kind: 'unchanged', stream: 's', revision: 4, position: '9' };

    it('answers fresh once, then what it knows', async () => {
      const ledger = open();
      const id = randomUUID();
      expect(await ledger.reserve(id, 'a')).toEqual({ status: 'fresh' });
      expect(await ledger.reserve(id, 'b')).toEqual({ status: 'seen', bodyHmac: 'a' });
      await ledger.record(id, outcome);
      expect(await ledger.reserve(id, 'a')).toEqual({ status: 'seen', bodyHmac: 'a', outcome });
    });

    it('keeps the first outcome', async () => {
      const ledger = open();
      const id = randomUUID();
      await ledger.reserve(id, 'a');
      await ledger.record(id, outcome);
      await ledger.record(id, { kind: 'rejected', rejection: { code: 'x', status: 409, advice: '' } });
      expect(await ledger.reserve(id, 'a')).toEqual({ status: 'seen', bodyHmac: 'a', outcome });
    });

    it('recalls what is known without noting anything', async () => {
      const ledger = open();
      const id = randomUUID();
      expect(await ledger.recall(id)).toBeUndefined();
      expect(await ledger.reserve(id, 'a')).toEqual({ status: 'fresh' });
      expect(await ledger.recall(id)).toEqual({ bodyHmac: 'a' });
      await ledger.record(id, outcome);
      expect(await ledger.recall(id)).toEqual({ bodyHmac: 'a', outcome });
    });

    it('gives fresh to exactly one of many racing callers', async () => {
      const ledger = open();
      const id = randomUUID();
      const answers = await Promise.all(Array.from({ length: 10 }, () => ledger.reserve(id, 'a')));
      expect(answers.filter((answer) => answer.status === 'fresh')).toHaveLength(1);
    });
  });
}
