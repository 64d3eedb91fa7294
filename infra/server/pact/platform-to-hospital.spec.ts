import type { FilingReceipt } from '@qingpu/contracts/partners/hospital/filing-receipt';
import { systemClock } from '@qingpu/domains-kernel/clock';
import { DeliveryFault } from '@qingpu/runtime/delivery-worker';
import { type HospitalSimulator, startHospitalSimulator } from '@qingpu/simulators/hospital-simulator';
import type { PartnerCredential } from '@qingpu/simulators/partner-credential';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Partners } from '../access/partners.ts';
import { deliverToHospital } from '../operations/hospital-gateway.ts';
import { noPeople } from '../testing/open-people.ts';
import { type DeliveryCall, DeliveryPact, refused, taken } from './delivery-pact.ts';
import { down, holdToPact } from './hold-to-pact.ts';
import { emptyPactFile, HOSPITAL, PLATFORM } from './pact-file.ts';
import { testHospital } from './test-hospitals.ts';

/*
 * The platform is the consumer of the hospital's endpoint for filing receipts (F2.04). First its real gateway writes
 * down what it sends and needs; then the hospital simulator is held to it, as a hospital's own system would be.
 */

type StateParameters = { readonly receipt?: FilingReceipt; readonly partnerId?: string };

const PATH = '/qingpu/v1/filing-receipts';
const file = emptyPactFile(PLATFORM, HOSPITAL);
const pact = new DeliveryPact(file, HOSPITAL);
const hospital = testHospital(1);

function receipt(number: number, changes: Partial<FilingReceipt> = {}): FilingReceipt {
  return {
    deliveryId: `5b1d6e1c-6a0f-5c7e-9a43-${String(number).padStart(12, '0')}`,
    institutionCode: hospital.institutionCode,
    ruleCode: 'RULE_ALL',
    ruleVersion: 1,
    filingNumber: `QP-${hospital.institutionCode}-RULE_ALL-V1`,
    filedAt: '2026-11-24T09:15:00.000+08:00',
    ...changes,
  };
}

type Call = Pick<DeliveryCall, 'description' | 'given' | 'answer'> & { readonly receipt: FilingReceipt };

/** Delivers through the real gateway; whoever answers is the mock of a hospital. */
function promised({ receipt: content, ...call }: Call) {
  const { partnerId } = hospital;
  return pact.promised({ ...call, path: PATH, partnerId, content }, (url) =>
    deliver(content, { ...hospital, callbackUrl: url }),
  );
}

function deliver(payload: FilingReceipt, partner: PartnerCredential): Promise<void> {
  const partners = new Partners([{ ...partner, callbackUrl: partner.callbackUrl ?? '' }]);
  const delivery = {
    deliveryId: payload.deliveryId,
    kind: 'filing-receipt',
    recipient: payload.institutionCode,
    payload,
    attempt: 1,
  } as const;
  return deliverToHospital(
    { partners, people: noPeople(), clock: systemClock },
    delivery,
    AbortSignal.timeout(5_000),
  );
}

describe('what the platform needs of a hospital that takes receipts', () => {
  it('is told that a receipt has arrived', async () => {
    const sent = receipt(1);
    await promised({
      description: 'a filing receipt',
      given: ['the hospital takes receipts', {}],
      receipt: sent,
      answer: taken(sent),
    });
  });

  it('is told the same when it has to send a receipt again', async () => {
    const sent = receipt(2);
    await promised({
      description: 'a filing receipt that arrived before',
      given: ['the receipt arrived before', { receipt: sent }],
      receipt: sent,
      answer: taken(sent),
    });
  });

  it('is refused when a delivery’s id comes with other content', async () => {
    const sent = receipt(3);
    const refusal = await promised({
      description: 'other content under the id of a receipt that arrived before',
      given: ['the receipt arrived before', { receipt: receipt(3, { ruleVersion: 2 }) }],
      receipt: sent,
      answer: refused(409),
    });
    expect(refusal).toEqual(new DeliveryFault('status-409'));
  });

  it('is refused under a signature that is not its own', async () => {
    const refusal = await promised({
      description: 'a filing receipt under a wrong signature',
      given: ['the platform signs under a wrong secret', { partnerId: hospital.partnerId }],
      receipt: receipt(4),
      answer: refused(401),
    });
    expect(refusal).toEqual(new DeliveryFault('status-401'));
  });

  it('is told when the hospital cannot take receipts just now', async () => {
    const refusal = await promised({
      description: 'a filing receipt while the hospital’s system is down',
      given: ['the hospital’s system is down', {}],
      receipt: receipt(5),
      answer: refused(503),
    });
    expect(refusal).toEqual(new DeliveryFault('status-503'));
  });
});

describe('the hospital', () => {
  let simulator: HospitalSimulator;

  beforeAll(async () => {
    simulator = await startHospitalSimulator({ partners: [hospital] });
  });

  afterAll(() => simulator?.close());

  it('keeps the pact', async () => {
    await holdToPact({
      provider: HOSPITAL,
      url: simulator.url,
      file,
      promises: pact.promises,
      signer: hospital,
      states: {
        'the hospital takes receipts': async () => undefined,
        'the receipt arrived before': async (parameters) => {
          const { receipt: earlier } = parameters as StateParameters;
          if (!earlier) throw new Error('the state names no receipt');
          await deliver(earlier, { ...hospital, callbackUrl: simulator.url });
        },
        'the hospital’s system is down': down(simulator),
      },
    });
    expect(simulator.received().map(({ receipt: { deliveryId } }) => deliveryId)).toEqual([
      receipt(1).deliveryId,
      receipt(2).deliveryId,
      receipt(3).deliveryId,
    ]);
  });
});
