import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MatchersV3, Verifier } from '@pact-foundation/pact';
import type { DirectoryKind } from '@qingpu/contracts/events/institutions';
import { DIRECTORY_PATHS } from '@qingpu/contracts/http/institutions';
import type { Registration } from '@qingpu/contracts/partners/hospital/registration';
import {
  sampleBookingRule,
  sampleChannel,
  sampleClinic,
  sampleDepartment,
  sampleDoctor,
  sampleInstitution,
  sampleInternetClinic,
  samplePerson,
} from '@qingpu/contracts/testing/sample-directory';
import { HospitalClient } from '@qingpu/simulators/hospital-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signAfresh } from './fresh-signature.ts';
import { HospitalPact, parameter, problem, type State, sentence } from './hospital-pact.ts';
import { emptyPactFile, HOSPITAL, interactionsIn, PLATFORM, refusalOf } from './pact-file.ts';
import { type RunningHost, runHost } from './running-host.ts';
import { writePartners } from './test-hospitals.ts';

/*
 * The hospital's system is the consumer of the registration interface (F1.01–F1.07). First its real client writes down
 * what it sends and needs; then the real host is held to it. Every interaction has a hospital of its own.
 */

interface AnyEntry {
  readonly institutionCode: string;
  readonly code?: string;
  readonly details: object;
}

const { integer, regex } = MatchersV3;
/** The platform refuses rules that begin before the day of filing; this one never does. */
const RULE_BEGINS = '2099-01-01';

const file = emptyPactFile(HOSPITAL, PLATFORM);
const pact = new HospitalPact(file);
const nextHospital = () => pact.nextHospital();
const promised: HospitalPact['promised'] = (call, use) => pact.promised(call, use);

const institutionRegistered = ({ institutionCode }: AnyEntry): State => [
  'the institution is registered',
  { institutionCode },
];
const departmentRegistered = ({ institutionCode }: AnyEntry): State => [
  'the institution and its department K03 are registered',
  { institutionCode },
];

/** An entry of each kind as a hospital registers it, and what it stands on. */
const KINDS: {
  readonly [Kind in DirectoryKind]: {
    readonly entry: (institutionCode: string) => Registration<Kind>;
    readonly given: (entry: AnyEntry) => State;
  };
} = {
  institution: {
    entry: (institutionCode) => ({ institutionCode, details: sampleInstitution(institutionCode) }),
    given: ({ institutionCode }) => ['the hospital is connected', { institutionCode }],
  },
  department: {
    entry: (institutionCode) => ({ institutionCode, code: 'K03', details: sampleDepartment() }),
    given: institutionRegistered,
  },
  doctor: {
    entry: (institutionCode) => ({
      institutionCode,
      code: 'DR00001',
      details: sampleDoctor(),
      person: samplePerson(),
    }),
    given: departmentRegistered,
  },
  clinic: {
    entry: (institutionCode) => ({ institutionCode, code: 'EXP_K03', details: sampleClinic() }),
    given: departmentRegistered,
  },
  internetClinic: {
    entry: (institutionCode) => ({ institutionCode, code: 'NET_K03', details: sampleInternetClinic() }),
    given: departmentRegistered,
  },
  channel: {
    entry: (institutionCode) => ({ institutionCode, code: 'CH_window', details: sampleChannel() }),
    given: institutionRegistered,
  },
  bookingRule: {
    entry: (institutionCode) => ({
      institutionCode,
      code: 'RULE_ALL',
      details: sampleBookingRule({ effectiveFrom: RULE_BEGINS }),
    }),
    given: institutionRegistered,
  },
};
const kinds = Object.keys(KINDS) as DirectoryKind[];

function channelOf(institutionCode: string): Registration<'channel'> {
  return KINDS.channel.entry(institutionCode);
}

function registered(code: string, outcome: 'registered' | 'unchanged' = 'registered') {
  return { code, outcome, revision: integer(0), position: regex('^\\d{1,19}$', '7') };
}

function pathOf(kind: DirectoryKind, batch = false): string {
  return `/api/partner/v1/${DIRECTORY_PATHS[kind]}${batch ? '/batch' : ''}`;
}

function codeOf(entry: AnyEntry): string {
  return entry.code ?? entry.institutionCode;
}

describe('what the hospital’s system needs of the registration interface', () => {
  it.each(kinds)('registers one entry: %s', async (kind) => {
    const hospital = nextHospital();
    const entry = KINDS[kind].entry(hospital.institutionCode);
    const idempotencyKey = `pact-single-${kind}`;
    const result = await promised(
      {
        description: `a registration of one ${kind}`,
        given: [KINDS[kind].given(entry)],
        hospital,
        path: pathOf(kind),
        idempotencyKey,
        body: entry,
        answer: { status: 201, body: registered(codeOf(entry)) },
      },
      (client) => client.register(kind, entry, idempotencyKey),
    );
    expect(result).toEqual({ code: codeOf(entry), outcome: 'registered', revision: 0, position: '7' });
  });

  it.each(kinds)('registers a batch: %s', async (kind) => {
    const hospital = nextHospital();
    const entry = KINDS[kind].entry(hospital.institutionCode);
    const idempotencyKey = `pact-batch-${kind}`;
    const result = await promised(
      {
        description: `a registration of a batch of ${kind}`,
        given: [KINDS[kind].given(entry)],
        hospital,
        path: pathOf(kind, true),
        idempotencyKey,
        body: { items: [entry] },
        answer: { status: 200, body: { accepted: 1, refused: 0, items: [registered(codeOf(entry))] } },
      },
      (client) => client.registerBatch(kind, [entry], idempotencyKey),
    );
    expect(result).toMatchObject({ accepted: 1, refused: 0 });
  });

  it('learns which items of a batch were refused, and why', async () => {
    const hospital = nextHospital();
    const { institutionCode } = hospital;
    const sound = { institutionCode, code: 'EXP_K03', details: sampleClinic() };
    const adrift = { institutionCode, code: 'EXP_K99', details: sampleClinic({ departmentCode: 'K99' }) };
    const refusal = {
      code: 'EXP_K99',
      outcome: 'refused',
      problem: 'department-not-registered',
      detail: sentence('请先登记该科室'),
    };
    const result = await promised(
      {
        description: 'a batch of which one clinic names an unknown department',
        given: [departmentRegistered(sound)],
        hospital,
        path: pathOf('clinic', true),
        idempotencyKey: 'pact-batch-partly-refused',
        body: { items: [sound, adrift] },
        answer: { status: 200, body: { accepted: 1, refused: 1, items: [registered('EXP_K03'), refusal] } },
      },
      (client) => client.registerBatch('clinic', [sound, adrift], 'pact-batch-partly-refused'),
    );
    expect(result?.items[1]).toMatchObject({ outcome: 'refused', problem: 'department-not-registered' });
  });

  it('hears that a repeated registration changed nothing', async () => {
    const hospital = nextHospital();
    const channel = channelOf(hospital.institutionCode);
    const result = await promised(
      {
        description: 'a registration of what is registered already',
        given: [['the channel is registered', { institutionCode: hospital.institutionCode }]],
        hospital,
        path: pathOf('channel'),
        idempotencyKey: 'pact-repeated-registration',
        body: channel,
        answer: { status: 200, body: registered(channel.code, 'unchanged') },
      },
      (client) => client.register('channel', channel, 'pact-repeated-registration'),
    );
    expect(result?.outcome).toBe('unchanged');
  });
});

describe('what the hospital’s system needs of a refusal', () => {
  it('names the field of a wrong code', async () => {
    const hospital = nextHospital();
    const department = KINDS.department.entry(hospital.institutionCode);
    const wrong = { ...department, details: { ...department.details, subjectCode: '99.99' } };
    const fault = { pointer: '/details/subjectCode', detail: sentence('诊疗科目代码不在名录中') };
    const refusal = await promised(
      {
        description: 'a registration with a wrong code',
        given: [institutionRegistered(department)],
        hospital,
        path: pathOf('department'),
        idempotencyKey: 'pact-wrong-code',
        body: wrong,
        answer: problem(422, 'invalid-request', [fault]),
      },
      (client) => refusalOf(client.register('department', wrong, 'pact-wrong-code')),
    );
    expect(refusal).toMatchObject({
      status: 422,
      code: 'invalid-request',
      errors: [{ pointer: '/details/subjectCode' }],
    });
  });

  it('says that the signature is wrong', async () => {
    const hospital = nextHospital();
    const channel = channelOf(hospital.institutionCode);
    const refusal = await promised(
      {
        description: 'a registration under a signature that is not the partner’s',
        given: [['the hospital signs under a wrong secret', { partnerId: hospital.partnerId }]],
        hospital,
        path: pathOf('channel'),
        idempotencyKey: 'pact-wrong-signature',
        body: channel,
        answer: problem(401, 'signature-invalid'),
      },
      (client) => refusalOf(client.register('channel', channel, 'pact-wrong-signature')),
    );
    expect(refusal).toMatchObject({ status: 401, code: 'signature-invalid' });
  });

  it('says that another hospital’s entries are none of its business', async () => {
    const hospital = nextHospital();
    const other = nextHospital();
    const channel = channelOf(other.institutionCode);
    const refusal = await promised(
      {
        description: 'a registration for another institution',
        given: [institutionRegistered(channel)],
        hospital,
        path: pathOf('channel'),
        idempotencyKey: 'pact-foreign-institution',
        body: channel,
        answer: problem(403, 'foreign-institution'),
      },
      (client) => refusalOf(client.register('channel', channel, 'pact-foreign-institution')),
    );
    expect(refusal).toMatchObject({ status: 403, code: 'foreign-institution' });
  });

  it('says that an idempotency key was used for something else', async () => {
    const hospital = nextHospital();
    const { institutionCode } = hospital;
    const idempotencyKey = 'pact-key-used-twice';
    const other = { ...channelOf(institutionCode), code: 'CH_phone' };
    const refusal = await promised(
      {
        description: 'a registration under the idempotency key of another one',
        given: [['the idempotency key was used for the channel', { institutionCode, idempotencyKey }]],
        hospital,
        path: pathOf('channel'),
        idempotencyKey,
        body: other,
        answer: problem(409, 'idempotency-key-reused'),
      },
      (client) => refusalOf(client.register('channel', other, idempotencyKey)),
    );
    expect(refusal).toMatchObject({ status: 409, code: 'idempotency-key-reused' });
  });
});

describe('the platform', () => {
  let folder: string;
  let host: RunningHost;
  const wrongSecrets = new Map<string, string>();

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'qingpu-pact-'));
    await writePartners(folder, pact.hospitals);
    host = await runHost({
      dataFolder: folder,
      settings: { QINGPU_SYNTHETIC_DISTRICT: 'false', QINGPU_SIMULATORS: 'false' },
    });
  });

  afterAll(async () => {
    await host?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** Registers as the hospital itself would; keys differ from those of the interactions. */
  async function put<Kind extends DirectoryKind>(
    kind: Kind,
    institutionCode: string,
    idempotencyKey = `state-${kind}-${institutionCode}`,
  ): Promise<void> {
    const partner = pact.hospitalOf(institutionCode);
    const client = new HospitalClient({ baseUrl: host.url, partner });
    const entry = KINDS[kind].entry(institutionCode) as Registration<Kind>;
    await client.register(kind, entry, idempotencyKey);
  }

  const institutionOf = (parameters: unknown) => parameter(parameters, 'institutionCode');

  it('keeps the pact', async () => {
    expect(interactionsIn(file)).toEqual(pact.promises.toSorted());
    const verifier = new Verifier({
      provider: PLATFORM,
      providerBaseUrl: host.url,
      pactUrls: [file],
      logLevel: 'error',
      requestFilter: signAfresh((partnerId) => wrongSecrets.get(partnerId) ?? pact.secretOf(partnerId)),
      stateHandlers: {
        'the hospital is connected': async (parameters) => {
          institutionOf(parameters);
        },
        'the institution is registered': (parameters) => put('institution', institutionOf(parameters)),
        'the institution and its department K03 are registered': async (parameters) => {
          await put('institution', institutionOf(parameters));
          await put('department', institutionOf(parameters));
        },
        'the channel is registered': async (parameters) => {
          await put('institution', institutionOf(parameters));
          await put('channel', institutionOf(parameters));
        },
        'the idempotency key was used for the channel': async (parameters) => {
          await put('institution', institutionOf(parameters));
          await put('channel', institutionOf(parameters), parameter(parameters, 'idempotencyKey'));
        },
        'the hospital signs under a wrong secret': {
          setup: async (parameters) => {
            wrongSecrets.set(parameter(parameters, 'partnerId'), 'not-the-secret-that-was-agreed-on');
          },
          teardown: async (parameters) => {
            wrongSecrets.delete(parameter(parameters, 'partnerId'));
          },
        },
      },
    });
    await verifier.verifyProvider();
  });
});
