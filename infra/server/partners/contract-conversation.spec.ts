import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { codesOf } from '@qingpu/contracts/codes/directory-tables';
import { CONTRACT_KINDS, type ContractKind } from '@qingpu/contracts/codes/partner-contracts';
import { contractCheckSchema, understoodOf } from '@qingpu/contracts/partners/hospital/contract-check';
import { sampleInstitutionCode } from '@qingpu/contracts/testing/sample-directory';
import { type HospitalSimulator, startHospitalSimulator } from '@qingpu/simulators/hospital-simulator';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ContractFault, verifyOrders } from './contract-conversation.ts';

const institutionCode = sampleInstitutionCode(1);
const partner = { partnerId: 'his', secret: 's'.repeat(43), institutionCode, name: '医院' };

let simulator: HospitalSimulator;
let server: Server | undefined;
beforeEach(async () => {
  simulator = await startHospitalSimulator({ partners: [partner] });
});
afterEach(async () => {
  await simulator.close();
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

/** The first thing that is wrong with a system; undefined when it holds to the contract. */
async function faultAt(url: string, kind: ContractKind = 'outpatient', timeoutMs = 2_000) {
  const receiver = {
    partnerId: partner.partnerId,
    secret: partner.secret,
    url: new URL('/qingpu/v1/contract-checks', url),
  };
  const signal = AbortSignal.timeout(20_000);
  try {
    await verifyOrders({ receiver, institutionCode, now: () => new Date(), signal, timeoutMs }, kind);
    return undefined;
  } catch (error) {
    if (!(error instanceof ContractFault)) throw error;
    return [error.code, error.gravity];
  }
}

/** A system that answers as it likes, whatever it is asked. */
async function answering(listener: RequestListener): Promise<string> {
  const listening = createServer(listener).listen(0, '127.0.0.1');
  server = listening;
  await new Promise((resolve) => listening.once('listening', resolve));
  return `http://127.0.0.1:${(listening.address() as AddressInfo).port}`;
}

describe('verifying orders with a hospital’s system', () => {
  it.each(codesOf(CONTRACT_KINDS))(
    'passes one that holds to the contract, and leaves nothing there: %s',
    async (kind) => {
      expect(await faultAt(simulator.url, kind)).toBeUndefined();
      expect(simulator.orders()).toEqual([]);
      expect(simulator.received()).toEqual([]);
    },
  );

  it.each([
    [{ kind: 'careless', about: 'signature' }, ['accepts-forged', 'broken']],
    [{ kind: 'careless', about: 'content' }, ['accepts-malformed', 'broken']],
    [{ kind: 'status', status: 503 }, ['status-503', 'away']],
    [{ kind: 'status', status: 401 }, ['status-401', 'away']],
    [{ kind: 'status', status: 404 }, ['no-self-check', 'unoffered']],
    [{ kind: 'lie', how: 'otherDelivery' }, ['wrong-answer', 'broken']],
    [{ kind: 'lie', how: 'malformed' }, ['wrong-answer', 'broken']],
    [{ kind: 'drop' }, ['unreachable', 'away']],
    // Written down and cut: the repetition is then answered.
    [{ kind: 'lag', ms: 50 }, undefined],
  ] as const)('finds out what is wrong: %o', async (fault, expected) => {
    simulator.setFault(fault);
    expect(await faultAt(simulator.url)).toEqual(expected);
  });

  it('does not wait for ever', async () => {
    simulator.setFault({ kind: 'hang' });
    expect(await faultAt(simulator.url, 'outpatient', 50)).toEqual(['timeout', 'away']);
  });

  it('finds that nobody is there', async () => {
    await simulator.close();
    expect(await faultAt(simulator.url)).toEqual(['unreachable', 'away']);
  });

  it('finds a system that says yes to everything, and one that confuses orders', async () => {
    const read = async (request: Parameters<RequestListener>[0]) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      return contractCheckSchema.safeParse(JSON.parse(Buffer.concat(chunks).toString('utf8')));
    };
    const saying =
      (confused: boolean): RequestListener =>
      async (request, response) => {
        const { data } = await read(request);
        const understood = data && { ...understoodOf(data), ...(confused && { slotId: 'other' }) };
        const answer = { deliveryId: data?.deliveryId, received: true, understood };
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
      };
    expect(await faultAt(await answering(saying(false)))).toEqual(['accepts-contradiction', 'broken']);
    server?.close();
    expect(await faultAt(await answering(saying(true)))).toEqual(['misunderstood', 'broken']);
  });
});
