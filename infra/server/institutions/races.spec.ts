import { randomUUID } from 'node:crypto';
import type { HistoryItem } from '@qingpu/contracts/http/institutions';
import type { BatchResult, RegistrationResult } from '@qingpu/contracts/partners/hospital/registration';
import { sampleClinic, sampleDoctor } from '@qingpu/contracts/testing/sample-directory';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, DeskClient, directoryPath, field, PartnerClient } from '../testing/api-client.ts';
import { OWN_ADMIN, partnerOf } from '../testing/data-folder.ts';
import { startTestHost, type TestHost } from '../testing/host-in-process.ts';
import { registerHospital } from '../testing/sample-hospital.ts';

const MANY = 20;

let host: TestHost;
let partner: PartnerClient;
let admin: DeskClient;
let institutionCode: string;

beforeAll(async () => {
  host = await startTestHost();
  partner = new PartnerClient(host.url, partnerOf(host, '中山医院'));
  institutionCode = partner.partner.institutionCode;
  admin = await DeskClient.signIn(host.url, OWN_ADMIN);
  await registerHospital(partner);
});

afterAll(() => host.close());

function atOnce<Result>(work: (index: number) => Promise<Result>): Promise<Result[]> {
  return Promise.all(Array.from({ length: MANY }, (_, index) => work(index)));
}

function clinic(code: string, name = '并发门诊') {
  return { institutionCode, code, details: sampleClinic({ name, kind: 'general' }) };
}

async function historyOf(code: string, after: string): Promise<readonly HistoryItem[]> {
  const answer = await admin.get(
    `${directoryPath('clinic', institutionCode, code)}/history?size=100&after=${after}`,
  );
  expect(field(answer, 'stale')).toBe(false);
  return (answer.body as { readonly items: readonly HistoryItem[] }).items;
}

const resultOf = (answer: Answer) => answer.body as RegistrationResult;

describe('the same request again', () => {
  it('happens once when many send it at the same time, and all get the same answer', async () => {
    const key = randomUUID();
    const answers = await atOnce(() => partner.register('clinic', clinic('C100'), key));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    const [first] = answers.map(resultOf);
    expect(first).toMatchObject({ outcome: 'registered', revision: 0 });
    expect(await historyOf('C100', first?.position ?? '')).toHaveLength(1);
  });

  it('is answered as the first time after others have changed the entry', async () => {
    const key = randomUUID();
    const first = await partner.register('clinic', clinic('C101'), key);
    const changed = await partner.register('clinic', clinic('C101', '改名门诊'));
    expect(resultOf(changed)).toMatchObject({ outcome: 'changed', revision: 1 });
    const again = await partner.register('clinic', clinic('C101'), key);
    expect([again.status, again.text]).toEqual([first.status, first.text]);
    const found = await admin.get(
      `${directoryPath('clinic', institutionCode, 'C101')}?after=${resultOf(changed).position}`,
    );
    expect(field(found, 'name')).toBe('改名门诊');
  });

  it('is answered «unchanged» as the first time, though it would now change something', async () => {
    await partner.register('clinic', clinic('C102'));
    const key = randomUUID();
    const first = await partner.register('clinic', clinic('C102'), key);
    expect(resultOf(first).outcome).toBe('unchanged');
    await partner.register('clinic', clinic('C102', '改名门诊'));
    const again = await partner.register('clinic', clinic('C102'), key);
    expect([again.status, again.text]).toEqual([first.status, first.text]);
  });

  it('is refused as the first time, though the reason has gone', async () => {
    const entry = { institutionCode, code: 'C103', details: sampleClinic({ departmentCode: 'K90' }) };
    const key = randomUUID();
    const first = await partner.register('clinic', entry, key);
    expect(first.status).toBe(409);
    await partner.register('department', {
      institutionCode,
      code: 'K90',
      details: {
        name: '新科室',
        level: 1,
        parentCode: null,
        subjectCode: '03',
        location: '',
        introduction: '',
      },
    });
    const again = await partner.register('clinic', entry, key);
    expect([again.status, field(again, 'code')]).toEqual([409, field(first, 'code')]);
    expect((await partner.register('clinic', entry)).status).toBe(201);
  });

  it.each([
    ['another content', (key: string) => partner.register('clinic', clinic('C104', '别的门诊'), key)],
    ['another entry', (key: string) => partner.register('clinic', clinic('C105'), key)],
    ['another kind', (key: string) => partner.register('channel', channel(), key)],
    ['a batch of the same', (key: string) => partner.registerBatch('clinic', [clinic('C104')], key)],
  ])('under the same key with %s is refused', async (_what, repeat) => {
    const key = randomUUID();
    const first = await partner.register('clinic', clinic('C104'), key);
    const again = await repeat(key);
    expect([again.status, field(again, 'code')]).toEqual([409, 'idempotency-key-reused']);
    const repeated = await partner.register('clinic', clinic('C104'), key);
    expect(repeated.text).toBe(first.text);
  });

  it('goes by the sender: two people may use the same key', async () => {
    const key = randomUUID();
    const district = await DeskClient.signIn(host.url, 'district-admin');
    await partner.register('clinic', clinic('C106'));
    const target = directoryPath('clinic', institutionCode, 'C106');
    const details = (name: string) => ({ details: clinic('C106', name).details });
    expect((await admin.change('PUT', target, details('甲'), 0, key)).status).toBe(200);
    expect((await district.change('PUT', target, details('乙'), 1, key)).status).toBe(200);
  });
});

function channel() {
  return { institutionCode, code: 'W104', details: { name: '电话', kind: 'phone', prepaid: false } };
}

describe('many writers at the same time', () => {
  it('change a doctor on the same revision: exactly one is first', async () => {
    const target = directoryPath('doctor', institutionCode, 'D001');
    const before = await admin.get(target);
    const revision = field(before, 'revision') as number;
    const titles = ['232', '233', '234', '235'] as const;
    const answers = await atOnce((index) =>
      admin.change(
        'PUT',
        target,
        { details: sampleDoctor({ title: titles[index % 4] ?? '232', expert: false }) },
        revision,
      ),
    );
    const winners = answers.filter(({ status }) => status === 200);
    expect(winners).toHaveLength(1);
    const losers = answers.filter(({ status }) => status !== 200);
    expect(new Set(losers.map((answer) => `${answer.status} ${field(answer, 'code')}`))).toEqual(
      new Set(['412 stale-revision']),
    );
    const [winner] = winners.map(resultOf);
    expect(winner?.revision).toBe(revision + 1);
    const after = await admin.get(`${target}?after=${winner?.position}`);
    expect(field(after, 'revision')).toBe(revision + 1);
  });

  it('register the same new entry from the desk: exactly one is first', async () => {
    const target = directoryPath('clinic', institutionCode, 'C200');
    const answers = await atOnce((index) =>
      admin.send(
        'PUT',
        target,
        { details: clinic('C200', `门诊${index}`).details },
        { 'if-none-match': '*', 'idempotency-key': randomUUID() },
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(MANY - 1).fill(412)]);
  });

  it('change one entry without a revision: each is decided in turn, none is lost', async () => {
    await partner.register('clinic', clinic('C201', '起始'));
    const answers = await atOnce((index) =>
      retried(() => partner.register('clinic', clinic('C201', `改${index}`))),
    );
    const revisions = answers.map((answer) => resultOf(answer).revision).sort((a, b) => a - b);
    expect(revisions).toEqual(Array.from({ length: MANY }, (_, index) => index + 1));
    const furthest = answers
      .map((answer) => BigInt(resultOf(answer).position))
      .reduce((a, b) => (a > b ? a : b));
    const history = await historyOf('C201', String(furthest));
    expect(history.map(({ revision }) => revision)).toEqual(
      Array.from({ length: MANY + 1 }, (_, index) => MANY - index),
    );
  });
});

/** Who is told that too many write at once tries again; that is the contract of 409 `too-many-writers`. */
async function retried(send: () => Promise<Answer>): Promise<Answer> {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await send();
    if (field(answer, 'code') !== 'too-many-writers' || attempt === 50) return answer;
  }
}

describe('a batch', () => {
  it('sent many times at once registers each item once, and all get the same answer', async () => {
    const items = Array.from({ length: 30 }, (_, index) => clinic(`B${index}`));
    const key = randomUUID();
    const answers = await atOnce(() => partner.registerBatch('clinic', items, key));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    const [result] = answers.map(({ body }) => body as BatchResult);
    expect(result).toMatchObject({ accepted: 30, refused: 0 });
    expect(result?.items.every((item) => 'revision' in item && item.revision === 0)).toBe(true);
  });

  it('names the refused items in their place and registers the others; repeated, it says the same', async () => {
    const foreignDepartment = (code: string) => ({
      institutionCode,
      code,
      details: sampleClinic({ departmentCode: 'K999' }),
    });
    const items = [clinic('M1'), foreignDepartment('M2'), clinic('M3')];
    const key = randomUUID();
    const first = await partner.registerBatch('clinic', items, key);
    expect(first.body).toMatchObject({
      accepted: 2,
      refused: 1,
      items: [
        { code: 'M1', outcome: 'registered' },
        { code: 'M2', outcome: 'refused', problem: 'department-not-registered' },
        { code: 'M3', outcome: 'registered' },
      ],
    });
    expect((await partner.registerBatch('clinic', items, key)).text).toBe(first.text);
  });

  it('under the same key with other items is refused whole', async () => {
    const key = randomUUID();
    await partner.registerBatch('clinic', [clinic('X1')], key);
    const again = await partner.registerBatch('clinic', [clinic('X1'), clinic('X2')], key);
    expect([again.status, field(again, 'code')]).toEqual([409, 'idempotency-key-reused']);
    expect((await admin.get(directoryPath('clinic', institutionCode, 'X2'))).status).toBe(404);
  });
});
