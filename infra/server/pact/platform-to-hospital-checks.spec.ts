import { MatchersV3 } from '@pact-foundation/pact';
import { codesOf } from '@qingpu/contracts/codes/directory-tables';
import { CONTRACT_KINDS, type ContractKind } from '@qingpu/contracts/codes/partner-contracts';
import { understoodOf } from '@qingpu/contracts/partners/hospital/contract-check';
import { DeliveryFault } from '@qingpu/runtime/delivery-worker';
import { type HospitalSimulator, startHospitalSimulator } from '@qingpu/simulators/hospital-simulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askSigned } from '../operations/signed-delivery.ts';
import { specimenOf } from '../partners/contract-conversation.ts';
import { DeliveryPact, refused } from './delivery-pact.ts';
import { holdToPact } from './hold-to-pact.ts';
import { emptyPactFile, HOSPITAL, PLATFORM } from './pact-file.ts';
import { testHospital } from './test-hospitals.ts';

/*
 * The platform is the consumer of the hospital's verification of interfaces (I1–I5). First its real client writes down what
 * it asks and needs; then the hospital simulator is held to it, as the hospital's own system would be.
 */

const PATH = '/qingpu/v1/contract-checks';
const hospital = testHospital(1);
const { institutionCode } = hospital;
const file = emptyPactFile(PLATFORM, HOSPITAL, 'hospital/pacts/checks');
const pact = new DeliveryPact(file, HOSPITAL);
const now = () => new Date('2026-12-01T00:00:00.000Z');
const kinds = codesOf(CONTRACT_KINDS);

type Content = { readonly deliveryId: string };
type Given = Parameters<DeliveryPact['promised']>[0]['given'];
const TAKES: Given = ['the hospital takes checks', {}];

function specimen(number: number, kind: ContractKind = 'outpatient') {
  const deliveryId = `6c1d6e1c-6a0f-4c7e-9a43-${String(number).padStart(12, '0')}`;
  return specimenOf({ institutionCode, now }, kind, deliveryId);
}

async function ask(content: Content, url: string): Promise<void> {
  const receiver = { ...hospital, url: new URL(PATH, url) };
  const signal = AbortSignal.timeout(5_000);
  await askSigned(receiver, content.deliveryId, content, { now: new Date(), signal });
}

function promised(
  description: string,
  given: Given,
  content: Content,
  answer: { status: number; body: object },
) {
  const call = { description, given, path: PATH, partnerId: hospital.partnerId, content, answer };
  return pact.promised(call, (url) => ask(content, url));
}

const understood = (check: ReturnType<typeof specimen>) => ({
  status: 200,
  body: {
    deliveryId: check.deliveryId,
    received: true,
    understood: { ...understoodOf(check), revision: MatchersV3.integer(0) },
  },
});

describe('the platform', () => {
  it.each(kinds.map((kind, index) => [kind, index + 1] as const))(
    'is told what the hospital has understood of a specimen: %s',
    async (kind, number) => {
      const check = specimen(number, kind);
      await promised(`a specimen of ${kind}`, TAKES, check, understood(check));
    },
  );

  it('is told the same of the same specimen again', async () => {
    const check = specimen(20);
    const given: Given = ['the specimen came before', { check: JSON.stringify(check) }];
    await promised('a specimen that came before', given, check, understood(check));
  });

  it('is refused other content under the same id', async () => {
    const check = specimen(21);
    const given: Given = ['the specimen came before', { check: JSON.stringify(check) }];
    const other = { ...check, specimen: { ...check.specimen, slotId: 'SPECIMEN-2' } };
    expect(await promised('other content under the id of a specimen', given, other, refused(409))).toEqual(
      new DeliveryFault('status-409'),
    );
  });

  it('is refused what is malformed', async () => {
    const check = specimen(22);
    const malformed = { ...check, specimen: { ...check.specimen, state: 'no-such-state' } };
    expect(await promised('a malformed specimen', TAKES, malformed, refused(400))).toEqual(
      new DeliveryFault('status-400'),
    );
  });

  it('is refused what is signed wrongly', async () => {
    const given: Given = ['the platform signs under a wrong secret', {}];
    expect(await promised('a specimen under a wrong signature', given, specimen(23), refused(401))).toEqual(
      new DeliveryFault('status-401'),
    );
  });
});

describe('the hospital', () => {
  let simulator: HospitalSimulator;

  beforeAll(async () => {
    simulator = await startHospitalSimulator({ partners: [hospital] });
  });
  afterAll(() => simulator?.close());

  it('keeps the pact, and nothing of any specimen', async () => {
    await holdToPact({
      provider: HOSPITAL,
      url: simulator.url,
      file,
      promises: pact.promises,
      signer: hospital,
      states: {
        'the hospital takes checks': async () => undefined,
        'the specimen came before': async (parameters) => {
          const { check } = parameters as { readonly check: string };
          await ask(JSON.parse(check) as Content, simulator.url);
        },
      },
    });
    expect(simulator.orders()).toEqual([]);
  });
});
