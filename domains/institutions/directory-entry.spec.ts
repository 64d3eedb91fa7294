import {
  DIRECTORY_KINDS,
  type DirectoryKind,
  type InstitutionsEvent,
} from '@qingpu/contracts/events/institutions';
import {
  sampleBookingRule,
  sampleChannel,
  sampleClinic,
  sampleDepartment,
  sampleDoctor,
  sampleInstitution,
  sampleInstitutionCode,
  sampleInternetClinic,
} from '@qingpu/contracts/testing/sample-directory';
import { specify } from '@qingpu/domains-kernel/testing/decider-specification';
import { describe, expect, it } from 'vitest';
import {
  type DirectoryCommand,
  directoryEntry,
  type EntryContext,
  type EntryDetails,
  entryStream,
  type SealedPerson,
} from './directory-entry.ts';
import type { DirectoryReferences } from './directory-references.ts';

const institutionCode = sampleInstitutionCode(1);
const NOW = new Date('2026-03-01T02:00:00.000Z');
const TODAY = '2026-03-01';

const COMPLETE: DirectoryReferences = {
  institutionActive: true,
  departments: new Map([
    ['K03', 1],
    ['K0304', 2],
  ]),
  doctors: new Set(['D1']),
};
const context = (references: Partial<DirectoryReferences> = {}): EntryContext => ({
  now: NOW,
  references: { ...COMPLETE, ...references },
});

const person = (mark = 'a'): SealedPerson => ({
  person: { subject: 's', keyId: 'k', box: `box-${mark}` },
  personFingerprint: `fingerprint-${mark}`,
  residentIdIndex: `index-${mark}`,
});

interface Sample {
  readonly prefix: string;
  readonly details: EntryDetails;
  readonly changed: EntryDetails;
}

const SAMPLES: Record<Exclude<DirectoryKind, 'bookingRule'>, Sample> = {
  institution: {
    prefix: 'Institution',
    details: sampleInstitution(institutionCode),
    changed: sampleInstitution(institutionCode, { grade: '2A' }),
  },
  department: {
    prefix: 'Department',
    details: sampleDepartment(),
    changed: sampleDepartment({ location: '2号楼' }),
  },
  doctor: { prefix: 'Doctor', details: sampleDoctor(), changed: sampleDoctor({ title: '232' }) },
  clinic: { prefix: 'Clinic', details: sampleClinic(), changed: sampleClinic({ feeFen: 3000 }) },
  internetClinic: {
    prefix: 'InternetClinic',
    details: sampleInternetClinic(),
    changed: sampleInternetClinic({ services: ['voice'] }),
  },
  channel: { prefix: 'Channel', details: sampleChannel(), changed: sampleChannel({ prepaid: true }) },
};

const KINDS = Object.keys(SAMPLES) as (keyof typeof SAMPLES)[];
const codeOf = (kind: DirectoryKind) => (kind === 'institution' ? institutionCode : 'X1');
const key = (kind: DirectoryKind) => ({ kind, institutionCode, code: codeOf(kind) });
const data = (kind: DirectoryKind, more: object) => ({ institutionCode, code: codeOf(kind), ...more });
const personFor = (kind: DirectoryKind, mark?: string) => (kind === 'doctor' ? person(mark) : {});
const event = (type: string, eventData: object) => ({ type, data: eventData }) as InstitutionsEvent;
const directory = specify(directoryEntry);

const commands = (kind: keyof typeof SAMPLES) => ({
  register: {
    ...key(kind),
    type: 'RegisterEntry',
    details: SAMPLES[kind].details,
    ...(kind === 'doctor' && { person: person() }),
  } satisfies DirectoryCommand,
  change: { ...key(kind), type: 'ChangeEntry', details: SAMPLES[kind].changed } satisfies DirectoryCommand,
  deactivate: { ...key(kind), type: 'DeactivateEntry', reason: '停业' } satisfies DirectoryCommand,
  reactivate: { ...key(kind), type: 'ReactivateEntry', reason: '复业' } satisfies DirectoryCommand,
  erase: { ...key(kind), type: 'EraseEntry', reason: '本人申请' } satisfies DirectoryCommand,
});

const events = (kind: keyof typeof SAMPLES) => {
  const { prefix, details, changed } = SAMPLES[kind];
  return {
    registered: event(`${prefix}Registered`, data(kind, { details, ...personFor(kind) })),
    changed: event(`${prefix}Changed`, data(kind, { details: changed, ...personFor(kind) })),
    deactivated: event(`${prefix}Deactivated`, data(kind, { reason: '停业' })),
    reactivated: event(`${prefix}Reactivated`, data(kind, { reason: '复业' })),
    erased: event('DoctorErased', data(kind, { reason: '本人申请' })),
  };
};

describe.each(KINDS)('%s', (kind) => {
  const { register, change, deactivate, reactivate, erase } = commands(kind);
  const { registered, changed, deactivated, reactivated } = events(kind);
  const given = (...history: InstitutionsEvent[]) => directory.given(history);

  it('absent: only registering is possible', () => {
    given().when(register, context()).thenEvents([registered]);
    given().when(change, context()).thenRejected('entry-unknown');
    given().when(deactivate, context()).thenRejected('entry-unknown');
    given().when(reactivate, context()).thenRejected('entry-unknown');
  });

  it('active: registered again as it is, nothing happens; otherwise it changes', () => {
    given(registered).when(register, context()).thenNothingHappened();
    given(registered)
      .when({ ...register, details: change.details }, context())
      .thenEvents([changed]);
    given(registered).when(change, context()).thenEvents([changed]);
    given(registered, changed).when(change, context()).thenNothingHappened();
    given(registered, changed)
      .when(register, context())
      .thenEvents([{ ...changed, data: registered.data } as InstitutionsEvent]);
  });

  it('active: can be deactivated, not reactivated', () => {
    given(registered).when(deactivate, context()).thenEvents([deactivated]);
    given(registered).when(reactivate, context()).thenRejected('entry-already-active');
  });

  it('inactive: can only be reactivated, and keeps its details', () => {
    given(registered, deactivated).when(register, context()).thenRejected('entry-inactive');
    given(registered, deactivated).when(change, context()).thenRejected('entry-inactive');
    given(registered, deactivated).when(deactivate, context()).thenRejected('entry-already-inactive');
    given(registered, deactivated).when(reactivate, context()).thenEvents([reactivated]);
    given(registered, deactivated, reactivated).when(register, context()).thenNothingHappened();
  });

  it.runIf(kind !== 'doctor')('is never erased: it holds no person', () => {
    given().when(erase, context()).thenRejected('erasure-not-applicable');
    given(registered).when(erase, context()).thenRejected('erasure-not-applicable');
    given(registered, deactivated).when(erase, context()).thenRejected('erasure-not-applicable');
  });

  it('does not depend on the order in which details are written', () => {
    const reversed = Object.fromEntries(Object.entries(register.details).reverse()) as EntryDetails;
    given(registered)
      .when({ ...register, details: reversed }, context())
      .thenNothingHappened();
  });

  it.runIf(kind !== 'institution')(
    'stands on an active institution, when registered, changed and reactivated',
    () => {
      const alone = context({ institutionActive: false });
      given().when(register, alone).thenRejected('institution-not-registered');
      given(registered).when(change, alone).thenRejected('institution-not-registered');
      given(registered, deactivated).when(reactivate, alone).thenRejected('institution-not-registered');
      given(registered).when(deactivate, alone).thenEvents([deactivated]);
    },
  );
});

describe('doctor', () => {
  const { register, change, deactivate, reactivate, erase } = commands('doctor');
  const { registered, deactivated, erased } = events('doctor');
  const given = (...history: InstitutionsEvent[]) => directory.given(history);

  it('changes when only the person changed, told by its fingerprint', () => {
    given(registered)
      .when({ ...register, person: person('b') }, context())
      .thenEvents([event('DoctorChanged', data('doctor', { details: register.details, ...person('b') }))]);
    const resealed = { ...person(), person: { subject: 's', keyId: 'k', box: 'sealed again' } };
    given(registered)
      .when({ ...register, person: resealed }, context())
      .thenNothingHappened();
  });

  it('is not registered without a person: the event could never be read', () => {
    const { person: _person, ...anonymous } = register as typeof register & { readonly person: SealedPerson };
    given().when(anonymous, context()).thenRejected('doctor-person-missing');
  });

  it('keeps the person when the desk changes only the details', () => {
    given(registered)
      .when(change, context())
      .thenEvents([event('DoctorChanged', data('doctor', { details: change.details, ...person() }))]);
  });

  it('can be erased in every state but absent, once', () => {
    given().when(erase, context()).thenRejected('entry-unknown');
    given(registered).when(erase, context()).thenEvents([erased]);
    given(registered, deactivated).when(erase, context()).thenEvents([erased]);
    given(registered, erased).when(erase, context()).thenNothingHappened();
  });

  it('stays erased whatever is asked', () => {
    for (const command of [register, change, deactivate, reactivate])
      given(registered, erased).when(command, context()).thenRejected('entry-erased');
  });

  it('leaves no person in the state once erased', () => {
    const state = [registered, erased].reduce(directoryEntry.evolve, directoryEntry.initialState);
    expect(state).toMatchObject({ status: 'erased', person: undefined });
  });

  it('works in registered departments only', () => {
    const details = sampleDoctor({ departmentCodes: ['K03', 'K99'] });
    given()
      .when({ ...register, details }, context())
      .thenRejected('department-not-registered');
    given(registered)
      .when(change, context({ departments: new Map() }))
      .thenRejected('department-not-registered');
    given(registered, deactivated)
      .when(reactivate, context({ departments: new Map() }))
      .thenRejected('department-not-registered');
  });
});

describe('department', () => {
  const { register } = commands('department');
  const second = (parentCode: string) => ({
    ...register,
    code: 'K0399',
    details: sampleDepartment({ level: 2, parentCode, subjectCode: '03.04' }),
  });

  it('of the second level stands below an active department of the first level', () => {
    const command = second('K03');
    const { institutionCode: _institution, ...rest } = command;
    directory
      .given([])
      .when(command, context())
      .thenEvents([
        event('DepartmentRegistered', { institutionCode, code: rest.code, details: rest.details }),
      ]);
    directory.given([]).when(second('K99'), context()).thenRejected('department-not-registered');
    directory.given([]).when(second('K0304'), context()).thenRejected('parent-department-unfit');
  });

  it('is not its own parent', () => {
    const command = { ...second('K0399') };
    const itself = context({ departments: new Map([['K0399', 1]]) });
    directory.given([]).when(command, itself).thenRejected('parent-department-unfit');
  });
});

describe.each(['clinic', 'internetClinic'] as const)('%s', (kind) => {
  const { register } = commands(kind);
  const details = { ...SAMPLES[kind].details, doctorCode: 'D1' } as EntryDetails;

  it('names a registered department and, if any, a registered doctor', () => {
    const { prefix } = SAMPLES[kind];
    directory
      .given([])
      .when({ ...register, details }, context())
      .thenEvents([event(`${prefix}Registered`, data(kind, { details }))]);
    directory
      .given([])
      .when({ ...register, details }, context({ doctors: new Set() }))
      .thenRejected('doctor-not-registered');
    directory
      .given([])
      .when(register, context({ departments: new Map() }))
      .thenRejected('department-not-registered');
  });
});

describe('booking rule', () => {
  const details = sampleBookingRule({ effectiveFrom: TODAY });
  const later = sampleBookingRule({ effectiveFrom: '2026-04-01', horizonDays: 21 });
  const filed = (ruleVersion: number, of = details) =>
    event('BookingRuleFiled', {
      institutionCode,
      code: 'R1',
      ruleVersion,
      filingNumber: `QP-${institutionCode}-R1-V${ruleVersion}`,
      details: of,
    });
  const rule = { kind: 'bookingRule', institutionCode, code: 'R1' } as const;
  const file = (of = details): DirectoryCommand => ({ ...rule, type: 'RegisterEntry', details: of });
  const change = (of = details): DirectoryCommand => ({ ...rule, type: 'ChangeEntry', details: of });
  const deactivate: DirectoryCommand = { ...rule, type: 'DeactivateEntry', reason: '合并' };
  const reactivate: DirectoryCommand = { ...rule, type: 'ReactivateEntry', reason: '恢复' };
  const deactivated = event('BookingRuleDeactivated', { institutionCode, code: 'R1', reason: '合并' });
  const reactivated = event('BookingRuleReactivated', { institutionCode, code: 'R1', reason: '恢复' });

  it('is filed in versions counted from 1, each with its filing number', () => {
    directory
      .given([])
      .when(file(), context())
      .thenEvents([filed(1)]);
    directory
      .given([filed(1)])
      .when(file(later), context())
      .thenEvents([filed(2, later)]);
    directory
      .given([filed(1), filed(2, later)])
      .when(change(), context())
      .thenEvents([filed(3)]);
  });

  it('filed again as it is, makes no version, even when it has long begun', () => {
    directory
      .given([filed(1)])
      .when(file(), context())
      .thenNothingHappened();
    const tomorrow = { ...context(), now: new Date('2026-03-02T02:00:00.000Z') };
    directory
      .given([filed(1)])
      .when(file(), tomorrow)
      .thenNothingHappened();
  });

  it('comes into force today in Shanghai or later', () => {
    directory
      .given([])
      .when(file(sampleBookingRule({ effectiveFrom: '2026-02-28' })), context())
      .thenRejected('rule-effective-in-past');
    const lastMinute = { ...context(), now: new Date('2026-03-01T15:59:59.999Z') };
    directory
      .given([])
      .when(file(), lastMinute)
      .thenEvents([filed(1)]);
    const midnight = { ...context(), now: new Date('2026-03-01T16:00:00.000Z') };
    directory.given([]).when(file(), midnight).thenRejected('rule-effective-in-past');
  });

  it('is deactivated and reactivated, and goes on counting its versions', () => {
    directory
      .given([filed(1)])
      .when(deactivate, context())
      .thenEvents([deactivated]);
    directory
      .given([filed(1), deactivated])
      .when(file(later), context())
      .thenRejected('entry-inactive');
    directory
      .given([filed(1), deactivated])
      .when(reactivate, context())
      .thenEvents([reactivated]);
    directory
      .given([filed(1), deactivated, reactivated])
      .when(file(later), context())
      .thenEvents([filed(2, later)]);
  });

  it('is unknown until it is filed, and never erased', () => {
    directory.given([]).when(change(), context()).thenRejected('entry-unknown');
    directory.given([]).when(deactivate, context()).thenRejected('entry-unknown');
    directory.given([]).when(reactivate, context()).thenRejected('entry-unknown');
    directory
      .given([filed(1)])
      .when({ ...rule, type: 'EraseEntry', reason: '误' }, context())
      .thenRejected('erasure-not-applicable');
  });

  it('stands on an active institution', () => {
    directory
      .given([])
      .when(file(), context({ institutionActive: false }))
      .thenRejected('institution-not-registered');
  });
});

describe('streams', () => {
  it('are named by kind, institution and code', () => {
    expect(entryStream('institution', institutionCode, institutionCode)).toBe(
      `institution-${institutionCode}`,
    );
    for (const kind of DIRECTORY_KINDS.filter((name) => name !== 'institution'))
      expect(entryStream(kind, institutionCode, 'X1')).toBe(`${kind}-${institutionCode}.X1`);
  });
});
