import type { StoredEvent } from '@qingpu/contracts/events/stored-event';
import { filingReceiptSchema } from '@qingpu/contracts/partners/hospital/filing-receipt';
import { sampleBookingRule, sampleInstitutionCode } from '@qingpu/contracts/testing/sample-directory';
import { describe, expect, it } from 'vitest';
import { doctorSubject } from './doctor-subject.ts';
import { erasureProcess } from './erasure.process.ts';
import { filingReceiptProcess } from './filing-receipt.process.ts';

const institutionCode = sampleInstitutionCode(1);
const stored: StoredEvent = {
  id: 'event-1',
  type: 'BookingRuleFiled',
  data: {},
  stream: `bookingRule-${institutionCode}.R1`,
  revision: 1,
  position: 7n,
  metadata: {
    schemaVersion: 1,
    commandId: 'command',
    bodyHmac: 'hmac',
    actor: { kind: 'partner', id: 'p', institutionCode },
    correlationId: 'c',
    causationId: 'c',
    occurredAt: '2026-03-01T08:00:00.000+08:00',
  },
};

describe('filing receipts', () => {
  const filed = {
    type: 'BookingRuleFiled' as const,
    data: { institutionCode, code: 'R1', ruleVersion: 2, filingNumber: 'QP-1', details: sampleBookingRule() },
  };

  it('are asked for once a filed version, in the order of the rule’s versions', () => {
    const commands = filingReceiptProcess.react(filed, stored);
    expect(commands).toEqual([
      {
        type: 'RequestDelivery',
        deliveryId: 'event-1',
        kind: 'filing-receipt',
        recipient: institutionCode,
        order: stored.stream,
        payload: {
          deliveryId: 'event-1',
          institutionCode,
          ruleCode: 'R1',
          ruleVersion: 2,
          filingNumber: 'QP-1',
          filedAt: '2026-03-01T08:00:00.000+08:00',
        },
      },
    ]);
    expect(filingReceiptSchema.safeParse(commands[0]?.payload).success).toBe(true);
  });

  it('are the same when the event is reacted to again', () => {
    expect(filingReceiptProcess.react(filed, stored)).toEqual(filingReceiptProcess.react(filed, stored));
  });

  it('follow filings only', () => {
    expect(Object.keys(filingReceiptProcess.catalogue)).toEqual(['BookingRuleFiled']);
  });
});

describe('erasure', () => {
  it('destroys the key of the doctor who was erased, and of nobody else', () => {
    const erased = {
      type: 'DoctorErased' as const,
      data: { institutionCode, code: 'D1', reason: '本人申请' },
    };
    expect(erasureProcess.react(erased, stored)).toEqual([
      { type: 'DestroyPersonKey', subject: doctorSubject(institutionCode, 'D1') },
    ]);
    expect(Object.keys(erasureProcess.catalogue)).toEqual(['DoctorErased']);
  });
});
