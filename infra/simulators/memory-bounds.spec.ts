import { randomUUID } from 'node:crypto';
import type { FilingReceipt } from '@qingpu/contracts/partners/hospital/filing-receipt';
import { describe, expect, it } from 'vitest';
import { ReceivedBook } from './received-book.ts';
import { SignatureGate } from './signature-gate.ts';
import { partnerOf, RECEIPTS_TARGET, receiptFor, signedHeaders } from './testing/receipt-sender.ts';

const bookOfReceipts = (size?: number) =>
  new ReceivedBook(({ deliveryId }: FilingReceipt) => deliveryId, size);

describe('a book of what was received', () => {
  it('keeps the newest and says how many it forgot', () => {
    const book = bookOfReceipts(3);
    const receipts = Array.from({ length: 5 }, () => receiptFor('A'));
    for (const receipt of receipts) book.record('p', receipt, '2026-11-23T00:00:00.000Z');

    expect(book.list().map(({ content }) => content)).toEqual(receipts.slice(2));
    expect(book.forgotten).toBe(2);
  });

  it('tells the partners apart', () => {
    const book = bookOfReceipts();
    const receipt = receiptFor('A');
    expect(book.record('p', receipt, '')).toBe('new');
    expect(book.record('q', { ...receipt, ruleVersion: 2 }, '')).toBe('new');
    expect(book.record('p', receipt, '')).toBe('repeated');
    expect(book.record('p', { ...receipt, ruleVersion: 2 }, '')).toBe('contradicting');
  });
});

describe('the memory of nonces', () => {
  const partner = partnerOf('A');
  const start = Date.UTC(2026, 10, 23);

  function gateAt(size: number) {
    let now = start;
    const gate = new SignatureGate([partner], () => now, size);
    return {
      check: (nonce: string = randomUUID(), timestamp = now) =>
        gate.check({
          method: 'POST',
          target: RECEIPTS_TARGET,
          headers: signedHeaders(partner, '{}', { nonce, timestamp }),
          body: Buffer.from('{}'),
        }),
      pass: (ms: number) => {
        now += ms;
      },
    };
  }

  it('refuses rather than forget a nonce that could still be replayed', () => {
    const gate = gateAt(2);
    const accepted = { partner };
    expect([gate.check(), gate.check(), gate.check()]).toEqual([
      accepted,
      accepted,
      { fault: 'nonce-memory-full' },
    ]);
    gate.pass(600_001);
    expect(gate.check()).toEqual(accepted);
  });

  it('knows a nonce for as long as its request is timely', () => {
    const gate = gateAt(10);
    const nonce = randomUUID();
    const timestamp = start + 300_000;
    expect(gate.check(nonce, timestamp)).toEqual({ partner });
    gate.pass(600_000);
    expect(gate.check(nonce, timestamp)).toEqual({ fault: 'nonce-replayed' });
    gate.pass(1);
    expect(gate.check(nonce, timestamp)).toEqual({ fault: 'timestamp-outside-window' });
  });

  it('takes no nonce that is too short to be one', () => {
    expect(gateAt(2).check('short')).toEqual({ fault: 'nonce-malformed' });
  });
});
