import { Verifier } from '@pact-foundation/pact';
import {
  type AppealOutcomePayload,
  CREDIT_PLATFORM,
} from '@qingpu/contracts/partners/credit-platform/appeal-outcome';
import { systemClock } from '@qingpu/domains-kernel/clock';
import { DeliveryFault } from '@qingpu/runtime/delivery-worker';
import {
  type CreditPlatformSimulator,
  startCreditPlatformSimulator,
} from '@qingpu/simulators/credit-platform-simulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deliverToCreditPlatform } from '../operations/credit-gateway.ts';
import { openPeople } from '../testing/open-people.ts';
import { DeliveryPact, refused, taken } from './delivery-pact.ts';
import { signAfresh } from './fresh-signature.ts';
import { CREDIT, emptyPactFile, interactionsIn, PLATFORM } from './pact-file.ts';

/*
 * The platform is the consumer of the city's credit platform, which takes outcomes of appeals (征信申诉). First its real
 * gateway writes down what it reports and needs; then the simulator is held to it, as the city's own system would be.
 */

const PATH = '/qingpu/v1/appeal-outcomes';
const secret = 'the secret of the credit platform';
const personId = '00000000-0000-4000-8000-000000000001';
const person = { name: '王小明', identityKind: '01', identityNumber: '310000198001015015' } as const;
const traced: string[] = [];
const people = openPeople(
  { [personId]: { ...person, sex: '1', birthDate: '1980-01-01', mobile: '19900000000' } },
  {},
  traced,
);
const file = emptyPactFile(PLATFORM, CREDIT, 'credit-platform/pacts');
const pact = new DeliveryPact(file, CREDIT);

function outcome(number: number): AppealOutcomePayload {
  const digits = String(number).padStart(12, '0');
  return {
    deliveryId: `5b1d6e1c-6a0f-5c7e-9a43-${digits}`,
    appealId: `6c1d6e1c-6a0f-4c7e-9a43-${digits}`,
    orderNumber: 'QP0123456789ABCDEF',
    personId,
    result: 'upheld',
    decidedAt: '2026-12-01T10:00:00.000+08:00',
  };
}

function deliver(payload: AppealOutcomePayload, url: string): Promise<void> {
  const { deliveryId } = payload;
  const delivery = { deliveryId, kind: 'credit-appeal', recipient: CREDIT_PLATFORM, payload, attempt: 1 };
  const parts = { credit: { url, secret }, people, clock: systemClock };
  return deliverToCreditPlatform(parts, delivery, AbortSignal.timeout(5_000));
}

/** As it arrives. */
function contentOf({ personId: _personId, ...told }: AppealOutcomePayload) {
  return { ...told, person };
}

type Given = Parameters<DeliveryPact['promised']>[0]['given'];
const ready: Given = ['the credit platform takes outcomes', {}];
const promised = (
  description: string,
  given: Given,
  payload: AppealOutcomePayload,
  answer = taken(payload) as { readonly status: number; readonly body: object },
) => {
  const content = contentOf(payload);
  const call = { description, given, path: PATH, partnerId: CREDIT_PLATFORM, content, answer };
  return pact.promised(call, (url) => deliver(payload, url));
};

describe('what the platform needs of the credit platform', () => {
  it('is told that an outcome has arrived, and leaves a trace of whom it named', async () => {
    await promised('an appeal that was upheld', ready, outcome(1));
    expect(traced).toContain(`DELIVER credit-appeal ${CREDIT_PLATFORM} ${personId}`);
  });

  it('is told the same when it has to report it again', async () => {
    const again = outcome(2);
    await promised(
      'an outcome that arrived before',
      ['the outcome arrived before', { outcome: again }],
      again,
    );
  });

  it('is refused under a signature that is not its own', async () => {
    const given: Given = ['the platform signs under a wrong secret', {}];
    const refusal = await promised('an outcome under a wrong signature', given, outcome(3), refused(401));
    expect(refusal).toEqual(new DeliveryFault('status-401'));
  });

  it('is told when outcomes cannot be taken just now', async () => {
    const given: Given = ['the credit platform is down', {}];
    const refusal = await promised('an outcome while it is down', given, outcome(4), refused(503));
    expect(refusal).toEqual(new DeliveryFault('status-503'));
  });
});

describe('the credit platform', () => {
  let simulator: CreditPlatformSimulator;
  let wrongSecret: string | undefined;

  beforeAll(async () => {
    simulator = await startCreditPlatformSimulator({ secret });
  });
  afterAll(() => simulator?.close());

  it('keeps the pact', async () => {
    expect(interactionsIn(file)).toEqual(pact.promises.toSorted());
    const verifier = new Verifier({
      provider: CREDIT,
      providerBaseUrl: simulator.url,
      pactUrls: [file],
      logLevel: 'error',
      requestFilter: signAfresh((partnerId) =>
        partnerId === CREDIT_PLATFORM ? (wrongSecret ?? secret) : undefined,
      ),
      stateHandlers: {
        'the credit platform takes outcomes': async () => undefined,
        'the outcome arrived before': async (parameters) => {
          const { outcome: before } = parameters as { readonly outcome?: AppealOutcomePayload };
          if (!before) throw new Error('the state names no outcome');
          await deliver(before, simulator.url);
        },
        'the platform signs under a wrong secret': {
          setup: async () => {
            wrongSecret = 'not-the-secret-that-was-agreed-on';
          },
          teardown: async () => {
            wrongSecret = undefined;
          },
        },
        'the credit platform is down': {
          setup: async () => simulator.setFault({ kind: 'status', status: 503 }),
          teardown: async () => simulator.reset(),
        },
      },
    });
    await verifier.verifyProvider();
  }, 60_000);

  it('that lies, hangs or is not connected leaves the report to be tried again', async () => {
    simulator.setFault({ kind: 'lie', how: 'otherDelivery' });
    await expect(deliver(outcome(5), simulator.url)).rejects.toEqual(new DeliveryFault('wrong-answer'));
    simulator.setFault({ kind: 'drop', recorded: true, times: 1 });
    await expect(deliver(outcome(5), simulator.url)).rejects.toEqual(new DeliveryFault('unreachable'));
    await deliver(outcome(5), simulator.url);
    const seen = simulator.outcomes().filter(({ content }) => content.appealId === outcome(5).appealId);
    expect(seen).toHaveLength(1);
    const delivery = {
      deliveryId: 'd',
      kind: 'credit-appeal',
      recipient: CREDIT_PLATFORM,
      payload: {},
      attempt: 1,
    };
    const parts = { credit: undefined, people, clock: systemClock };
    await expect(deliverToCreditPlatform(parts, delivery, AbortSignal.timeout(1_000))).rejects.toEqual(
      new DeliveryFault('no-callback'),
    );
  });
});
