import { randomUUID } from 'node:crypto';
import { SHARED_CALLS, type SharedCall } from '@qingpu/contracts/partners/hospital/shared-resources';
import { SIGNATURE_HEADERS } from '@qingpu/contracts/partners/hospital/signature';
import { sampleInstitutionCode } from '@qingpu/contracts/testing/sample-directory';
import { bodyDigest, signRequest } from '@qingpu/crypto/request-signing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HospitalSimulator, startHospitalSimulator } from './hospital-simulator.ts';
import type { PartnerCredential } from './partner-credential.ts';

const partner: PartnerCredential = {
  partnerId: 'his-1',
  secret: 's'.repeat(43),
  institutionCode: sampleInstitutionCode(1),
  name: '示例医院',
};
const { institutionCode } = partner;
const place = { institutionCode, scheduleId: 'P1' };

let simulator: HospitalSimulator;
beforeAll(async () => {
  simulator = await startHospitalSimulator({ partners: [partner] });
});
afterAll(() => simulator.close());

async function call(name: SharedCall, asked: object, secret = partner.secret) {
  const target = SHARED_CALLS[name].path;
  const body = JSON.stringify(asked);
  const idempotencyKey = 'orderNumber' in asked ? String(asked.orderNumber) : '';
  const request = {
    method: 'POST',
    target,
    timestamp: String(Date.now()),
    nonce: randomUUID(),
    idempotencyKey,
    bodyDigest: bodyDigest(Buffer.from(body)),
  };
  const response = await fetch(simulator.url + target, {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/json',
      [SIGNATURE_HEADERS.partner]: partner.partnerId,
      [SIGNATURE_HEADERS.timestamp]: request.timestamp,
      [SIGNATURE_HEADERS.nonce]: request.nonce,
      [SIGNATURE_HEADERS.idempotencyKey]: idempotencyKey,
      [SIGNATURE_HEADERS.signature]: signRequest(secret, request),
    },
  });
  return { status: response.status, body: (await response.json()) as Readonly<Record<string, unknown>> };
}

const control = (method: string, path: string, body?: object) =>
  fetch(`${simulator.url}/control/shared/${path}`, {
    method,
    ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });

const slotsAsked = { requestId: randomUUID(), ...place };

describe('a simulated hospital in shared mode', () => {
  it('hears nobody but the platform, and only about itself', async () => {
    expect((await call('slots', slotsAsked, 'x'.repeat(43))).status).toBe(401);
    expect((await call('slots', { ...slotsAsked, scheduleId: null })).status).toBe(400);
    const foreign = { ...slotsAsked, institutionCode: sampleInstitutionCode(2) };
    expect((await call('slots', foreign)).status).toBe(403);
    expect(simulator.shared.heard.slots).toBe(0);
  });

  it('is given slots over HTTP and sells them itself, each once', async () => {
    const schedule = {
      ...place,
      date: '2026-03-16',
      departmentCode: 'K1',
      clinicCode: null,
      doctorCode: 'D1',
    };
    expect((await control('PUT', 'schedules', { ...schedule, slotIds: ['A1', 'A2'] })).status).toBe(204);
    const sale = async () => (await control('POST', 'window-sales', { ...place, slotId: 'A1' })).json();
    expect(await sale()).toEqual({ sold: true });
    expect(await sale()).toEqual({ sold: false });
    expect((await call('slots', slotsAsked)).body.slots).toEqual([
      { slotId: 'A1', free: false },
      { slotId: 'A2', free: true },
    ]);
  });

  it('misbehaves in the call that is meant only, as often as it is told', async () => {
    const fault = { kind: 'status', status: 503, call: 'order', times: 1 };
    expect((await control('PUT', 'fault', fault)).status).toBe(200);
    expect((await call('slots', slotsAsked)).status).toBe(200);
    const asked = { requestId: randomUUID(), institutionCode, orderNumber: 'QP1' };
    expect((await call('order', asked)).status).toBe(503);
    expect((await call('order', asked)).body).toMatchObject({ orderNumber: 'QP1', order: null });
    expect((await control('PUT', 'fault', { kind: 'whim' })).status).toBe(400);
  });
});
