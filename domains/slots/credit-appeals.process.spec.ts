import { orderNumberOf } from '@qingpu/contracts/codes/order-number';
import { type LedgerEvent, ledgerEvents } from '@qingpu/contracts/events/slots';
import type { StoredEvent } from '@qingpu/contracts/events/stored-event';
import { appealOutcomePayloadSchema } from '@qingpu/contracts/partners/credit-platform/appeal-outcome';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { creditAppealsProcess, creditReportId } from './credit-appeals.process.ts';
import { ledgerStream } from './streams.ts';
import { idOf, personId } from './testing/sample-pool.ts';

type Decided = Extract<LedgerEvent, { type: 'AppealDecided' }>;

function reaction(data: Decided['data']) {
  const occurredAt = '2026-03-10T10:00:00.000+08:00';
  const stored = { stream: ledgerStream(personId), metadata: { occurredAt } } as StoredEvent;
  expect(ledgerEvents.AppealDecided.schema.parse(data)).toEqual(data);
  return creditAppealsProcess.react({ type: 'AppealDecided', data }, stored);
}

describe('a decided appeal', () => {
  const booking = { kind: 'booking', id: idOf(7) } as const;
  const decided = { personId, appealId: idOf(30), upheld: true, reason: '情况属实', subject: booking };

  it('is reported when it clears somebody of a broken appointment, without the reason', () => {
    const [command] = reaction(decided);
    expect(command).toMatchObject({ kind: 'credit-appeal', deliveryId: creditReportId(idOf(30)) });
    expect(appealOutcomePayloadSchema.parse(command?.payload)).toMatchObject({
      orderNumber: orderNumberOf(idOf(7)),
      personId,
      result: 'upheld',
    });
    expect(JSON.stringify(command)).not.toContain('情况属实');
  });

  it('is reported in no other case, and always as the same delivery', () => {
    const subject = fc.constantFrom(undefined, booking, { kind: 'block', id: idOf(8) } as const);
    fc.assert(
      fc.property(fc.boolean(), subject, fc.integer({ min: 1, max: 99 }), (upheld, about, number) => {
        const { subject: _subject, ...rest } = decided;
        const data = { ...rest, upheld, appealId: idOf(number), ...(about && { subject: about }) };
        const commands = reaction(data);
        expect(commands.length).toBe(upheld && about?.kind === 'booking' ? 1 : 0);
        expect(reaction(data)).toEqual(commands);
      }),
    );
  });
});
