import { UnknownEventVersion } from '@qingpu/contracts/events/catalogue';
import { type InstitutionsEvent, institutionEvents } from '@qingpu/contracts/events/institutions';
import type { StoredEvent } from '@qingpu/contracts/events/stored-event';
import {
  sampleBookingRule,
  sampleChannel,
  sampleClinic,
  sampleDepartment,
  sampleDoctor,
  sampleInstitution,
  sampleInstitutionCode,
  sampleInternetClinic,
  samplePerson,
} from '@qingpu/contracts/testing/sample-directory';
import { FakeViewStore } from '@qingpu/read-models-kernel/testing/fake-view-store';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  contentOf,
  DirectoryLog,
  FakeOpener,
  minuteOf,
  sealPerson,
  takeIn,
} from './testing/directory-log.ts';
import { entryId } from './view.ts';

const INSTITUTION = sampleInstitutionCode(1);
const key = (code: string) => ({ institutionCode: INSTITUTION, code });
const reasoned = (code: string) => ({ ...key(code), reason: '机构调整' });
const doctorData = (code: string, person = samplePerson()) => ({
  ...key(code),
  details: sampleDoctor(),
  ...sealPerson(INSTITUTION, code, person),
});

/** One event of every type, in an order that the write side allows. */
const EVERY_TYPE: readonly InstitutionsEvent[] = [
  { type: 'InstitutionRegistered', data: { ...key(INSTITUTION), details: sampleInstitution(INSTITUTION) } },
  {
    type: 'InstitutionChanged',
    data: { ...key(INSTITUTION), details: sampleInstitution(INSTITUTION, { name: '青浦改名医院' }) },
  },
  { type: 'InstitutionDeactivated', data: reasoned(INSTITUTION) },
  { type: 'InstitutionReactivated', data: reasoned(INSTITUTION) },
  { type: 'DepartmentRegistered', data: { ...key('K03'), details: sampleDepartment() } },
  { type: 'DepartmentChanged', data: { ...key('K03'), details: sampleDepartment({ name: '大内科' }) } },
  { type: 'DepartmentDeactivated', data: reasoned('K03') },
  { type: 'DepartmentReactivated', data: reasoned('K03') },
  { type: 'DoctorRegistered', data: doctorData('D1') },
  { type: 'DoctorChanged', data: doctorData('D1', samplePerson({ name: '张三丰' })) },
  { type: 'DoctorDeactivated', data: reasoned('D1') },
  { type: 'DoctorReactivated', data: reasoned('D1') },
  { type: 'DoctorErased', data: reasoned('D1') },
  { type: 'ClinicRegistered', data: { ...key('C1'), details: sampleClinic() } },
  { type: 'ClinicChanged', data: { ...key('C1'), details: sampleClinic({ feeFen: 3000 }) } },
  { type: 'ClinicDeactivated', data: reasoned('C1') },
  { type: 'ClinicReactivated', data: reasoned('C1') },
  { type: 'InternetClinicRegistered', data: { ...key('N1'), details: sampleInternetClinic() } },
  {
    type: 'InternetClinicChanged',
    data: { ...key('N1'), details: sampleInternetClinic({ services: ['voice'] }) },
  },
  { type: 'InternetClinicDeactivated', data: reasoned('N1') },
  { type: 'InternetClinicReactivated', data: reasoned('N1') },
  { type: 'ChannelRegistered', data: { ...key('W1'), details: sampleChannel() } },
  { type: 'ChannelChanged', data: { ...key('W1'), details: sampleChannel({ prepaid: true }) } },
  { type: 'ChannelDeactivated', data: reasoned('W1') },
  { type: 'ChannelReactivated', data: reasoned('W1') },
  {
    type: 'BookingRuleFiled',
    data: { ...key('R1'), ruleVersion: 1, filingNumber: 'QP-1', details: sampleBookingRule() },
  },
  {
    type: 'BookingRuleFiled',
    data: {
      ...key('R1'),
      ruleVersion: 2,
      filingNumber: 'QP-2',
      details: sampleBookingRule({ horizonDays: 21 }),
    },
  },
  { type: 'BookingRuleDeactivated', data: reasoned('R1') },
  { type: 'BookingRuleReactivated', data: reasoned('R1') },
];

function logOf(events: readonly InstitutionsEvent[]): StoredEvent[] {
  const log = new DirectoryLog();
  for (const event of events) log.add(event);
  return log.events;
}

async function folded(events: readonly InstitutionsEvent[], opener = new FakeOpener()) {
  const store = new FakeViewStore();
  await takeIn(store, logOf(events), opener);
  return contentOf(store);
}

async function entryAfter(events: readonly InstitutionsEvent[], opener?: FakeOpener) {
  const { entries = [] } = await folded(events, opener);
  expect(entries).toHaveLength(1);
  return entries[0];
}

const until = (type: InstitutionsEvent['type'], prefix: string) => {
  const own = EVERY_TYPE.filter((event) => event.type.startsWith(prefix));
  return own.slice(0, own.findLastIndex((event) => event.type === type) + 1);
};

describe('the entries', () => {
  it('the sample holds every event type of the catalogue', () => {
    expect(new Set(EVERY_TYPE.map(({ type }) => type))).toEqual(new Set(Object.keys(institutionEvents)));
  });

  it('InstitutionRegistered, InstitutionChanged: the details, found by name, short name, sound and code', async () => {
    const registered = await entryAfter(until('InstitutionRegistered', 'Institution'));
    expect(registered).toMatchObject({
      _id: `institution-${INSTITUTION}`,
      guard: 0n,
      kind: 'institution',
      category: 'A100',
      status: 'active',
      name: '青浦示例医院',
      details: sampleInstitution(INSTITUTION),
      revision: 0,
      updatedAt: minuteOf(0),
      exactKeys: ['青浦示例医院', '示例医院', INSTITUTION.toLowerCase()],
    });
    expect(registered).toHaveProperty(
      'searchKeys',
      expect.arrayContaining(['示例医院', 'slyy', 'shiliyiyuan', INSTITUTION.toLowerCase()]),
    );
    const changed = await entryAfter(until('InstitutionChanged', 'Institution'));
    expect(changed).toMatchObject({ name: '青浦改名医院', guard: 1n, revision: 1, status: 'active' });
    expect(changed).not.toHaveProperty('searchKeys', expect.arrayContaining(['青浦示例医院']));
  });

  it('DepartmentRegistered, DepartmentChanged: under the department above', async () => {
    const second = sampleDepartment({
      name: '心血管内科',
      level: 2,
      parentCode: 'K03',
      subjectCode: '03.04',
    });
    expect(
      await entryAfter([{ type: 'DepartmentRegistered', data: { ...key('K0304'), details: second } }]),
    ).toMatchObject({ kind: 'department', name: '心血管内科', departmentCodes: ['K03'], details: second });
    expect(await entryAfter(until('DepartmentChanged', 'Department'))).toMatchObject({
      name: '大内科',
      departmentCodes: [],
    });
  });

  it('DoctorRegistered, DoctorChanged: the published listing in clear, the rest masked, the envelope beside it', async () => {
    const { person: sealedPerson, residentIdIndex } = sealPerson(INSTITUTION, 'D1', samplePerson());
    const registered = await entryAfter(until('DoctorRegistered', 'Doctor'));
    expect(registered).toMatchObject({
      kind: 'doctor',
      name: '张三',
      title: '231',
      expert: true,
      departmentCodes: ['K03'],
      listing: { sex: '1', expertise: '高血压', introduction: '从医二十年' },
      masked: {
        residentId: expect.stringMatching(/^310\*{11}.{4}$/),
        mobile: '138****1234',
        certificateNumber: '110********2345',
      },
      sealedPerson,
      residentIdIndex,
    });
    expect(await entryAfter(until('DoctorChanged', 'Doctor'))).toMatchObject({ name: '张三丰', revision: 1 });
  });

  it('ClinicRegistered, ClinicChanged and their internet kind: under their department', async () => {
    expect(await entryAfter(until('ClinicChanged', 'Clinic'))).toMatchObject({
      kind: 'clinic',
      departmentCodes: ['K03'],
      details: { feeFen: 3000 },
    });
    expect(await entryAfter(until('InternetClinicChanged', 'InternetClinic'))).toMatchObject({
      kind: 'internetClinic',
      departmentCodes: ['K03'],
      details: { services: ['voice'] },
    });
  });

  it('ChannelRegistered, ChannelChanged: the details', async () => {
    expect(await entryAfter(until('ChannelChanged', 'Channel'))).toMatchObject({
      kind: 'channel',
      name: '医院窗口',
      details: { prepaid: true },
    });
  });

  it('BookingRuleFiled: the entry shows the newest version, every version stays', async () => {
    const { entries, rule_versions: versions } = await folded(until('BookingRuleFiled', 'BookingRule'));
    expect(entries).toMatchObject([{ kind: 'bookingRule', ruleVersion: 2, details: { horizonDays: 21 } }]);
    const id = entryId('bookingRule', INSTITUTION, 'R1');
    expect(versions).toEqual([
      {
        _id: `${id}@1`,
        guard: 0n,
        entryId: id,
        ruleVersion: 1,
        filingNumber: 'QP-1',
        filedAt: minuteOf(0),
        effectiveFrom: '2026-01-01',
        details: sampleBookingRule(),
      },
      expect.objectContaining({ _id: `${id}@2`, guard: 1n, ruleVersion: 2, filingNumber: 'QP-2' }),
    ]);
  });

  it.each([
    'Institution',
    'Department',
    'Doctor',
    'Clinic',
    'InternetClinic',
    'Channel',
    'BookingRule',
  ] as const)('%sDeactivated and %sReactivated change the status and nothing else', async (prefix) => {
    const base = until(prefix === 'BookingRule' ? 'BookingRuleFiled' : `${prefix}Changed`, prefix);
    const before = await entryAfter(base);
    const moved = { guard: expect.anything(), revision: expect.anything(), updatedAt: expect.anything() };
    const inactive = await entryAfter(until(`${prefix}Deactivated`, prefix));
    expect(inactive).toEqual({ ...before, ...moved, status: 'inactive' });
    const active = await entryAfter(until(`${prefix}Reactivated`, prefix));
    expect(active).toEqual({ ...before, ...moved, status: 'active' });
  });
});

describe('the timeline', () => {
  it('holds one line an event with who, when, why and the clear details', async () => {
    const { history = [] } = await folded(EVERY_TYPE);
    expect(history).toHaveLength(EVERY_TYPE.length);
    const log = logOf(EVERY_TYPE);
    for (const stored of log) {
      expect(history.find(({ _id }) => _id === stored.id)).toMatchObject({
        entryId: stored.stream,
        guard: BigInt(stored.revision),
        revision: stored.revision,
        type: stored.type,
        at: stored.metadata.occurredAt,
        actor: stored.metadata.actor,
      });
    }
    expect(history.find(({ _id }) => _id === 'event-3')).toMatchObject({ reason: '机构调整', details: null });
  });

  it('never holds anything of a sealed person but its fingerprint', async () => {
    const { history } = await folded(until('DoctorReactivated', 'Doctor'));
    const text = JSON.stringify(history, (_key, value) =>
      typeof value === 'bigint' ? String(value) : value,
    );
    const { person, residentIdIndex } = sealPerson(INSTITUTION, 'D1', samplePerson());
    for (const value of [
      ...Object.values(samplePerson()).filter((value) => value.length > 1),
      person.box,
      residentIdIndex,
    ])
      expect(text).not.toContain(value);
  });
});

describe('erasure', () => {
  const erasedDoctor = {
    status: 'erased',
    name: '已注销',
    listing: { sex: '', expertise: '', introduction: '' },
    masked: null,
    sealedPerson: null,
    residentIdIndex: null,
    searchKeys: ['d1'],
    exactKeys: ['d1'],
  };

  it('DoctorErased wipes everything that came from the sealed person', async () => {
    const content = await folded(until('DoctorErased', 'Doctor'));
    expect(content.entries).toMatchObject([erasedDoctor]);
    const text = JSON.stringify(content, (_key, value) =>
      typeof value === 'bigint' ? String(value) : value,
    );
    const { person, residentIdIndex } = sealPerson(INSTITUTION, 'D1', samplePerson());
    const forbidden = ['张三', 'zhang', '高血压', '二十年', '1234', '2345', person.box, residentIdIndex];
    for (const value of forbidden) expect(text).not.toContain(value);
  });

  it('a person whose key is gone is shown as erased from the first event on', async () => {
    const opener = new FakeOpener();
    opener.erase(`doctor:${INSTITUTION}:D1`);
    expect(await entryAfter(until('DoctorRegistered', 'Doctor'), opener)).toMatchObject(erasedDoctor);
  });

  it('a view rebuilt after the erasure holds the same as one that saw it happen', async () => {
    const seen = await folded(until('DoctorErased', 'Doctor'));
    const opener = new FakeOpener();
    opener.erase(`doctor:${INSTITUTION}:D1`);
    expect(await folded(until('DoctorErased', 'Doctor'), opener)).toEqual(seen);
  });
});

describe('what the view refuses', () => {
  it('stops on an unknown version of a declared type', async () => {
    const [stored] = logOf(EVERY_TYPE.slice(0, 1));
    if (!stored) throw new Error('the sample is empty');
    const newer = { ...stored, metadata: { ...stored.metadata, schemaVersion: 2 } };
    await expect(takeIn(new FakeViewStore(), [newer])).rejects.toThrow(UnknownEventVersion);
  });

  it('stops on a sealed person that is none, without telling its content', async () => {
    const data = {
      ...doctorData('D1'),
      person: { subject: 's', keyId: 'k', box: Buffer.from('{"name":"李四"}').toString('base64') },
    };
    const taking = takeIn(new FakeViewStore(), logOf([{ type: 'DoctorRegistered', data }]));
    await expect(taking).rejects.toThrow('the sealed person of a doctor does not fit its schema');
  });

  it('passes over types that it does not declare', async () => {
    const [stored] = logOf(EVERY_TYPE.slice(0, 1));
    if (!stored) throw new Error('the sample is empty');
    const store = new FakeViewStore();
    await takeIn(store, [{ ...stored, type: 'SlotBooked' }]);
    expect(await contentOf(store)).toEqual({ entries: [], history: [], rule_versions: [] });
  });
});

describe('properties', () => {
  /** Random logs: any event of any of three copies of every entry; the view folds whatever the log says. */
  const someEvent = fc
    .tuple(fc.constantFrom(...EVERY_TYPE), fc.constantFrom('', '2', '3'))
    .map(([event, suffix]) => copyOf(event, suffix));
  const someLog = fc.array(someEvent, { maxLength: 40 }).map(logOf);

  function copyOf(event: InstitutionsEvent, suffix: string): InstitutionsEvent {
    if (event.data.code === INSTITUTION) return event;
    const code = `${event.data.code}${suffix}`;
    return { ...event, data: { ...event.data, code } } as InstitutionsEvent;
  }

  const whole = async (log: readonly StoredEvent[]) => {
    const store = new FakeViewStore();
    await takeIn(store, log);
    return contentOf(store);
  };

  it('batches cut anywhere, with events taken in again after a crash, give the same documents as one batch', async () => {
    const batches = fc.array(fc.record({ cut: fc.nat(40), rewind: fc.nat(6) }), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(someLog, batches, async (log, cuts) => {
        const store = new FakeViewStore();
        let done = 0;
        for (const { cut, rewind } of [...cuts, { cut: log.length, rewind: 0 }]) {
          await takeIn(store, log.slice(Math.max(0, done - rewind), Math.max(done, cut)));
          done = Math.min(log.length, Math.max(done, cut));
        }
        expect(await contentOf(store)).toEqual(await whole(log));
      }),
    );
  });

  it('old events taken in again change nothing', async () => {
    const repeated = fc.array(fc.tuple(fc.nat(40), fc.nat(40)), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(someLog, repeated, async (log, repeats) => {
        const store = new FakeViewStore();
        await takeIn(store, log);
        for (const [from, length] of repeats) await takeIn(store, log.slice(from, from + length));
        expect(await contentOf(store)).toEqual(await whole(log));
      }),
    );
  });

  it('an erased doctor leaves no trace of the person, whatever happened before', async () => {
    const erasure: InstitutionsEvent = { type: 'DoctorErased', data: reasoned('D1') };
    await fc.assert(
      fc.asyncProperty(fc.array(someEvent, { maxLength: 30 }), async (events) => {
        const { entries = [] } = await whole(
          logOf([
            ...events.filter(({ data }) => data.code !== 'D1'),
            ...until('DoctorReactivated', 'Doctor'),
            erasure,
          ]),
        );
        const doctor = entries.find(({ _id }) => _id === entryId('doctor', INSTITUTION, 'D1'));
        expect(doctor).toMatchObject({ status: 'erased', name: '已注销', masked: null, sealedPerson: null });
      }),
    );
  });
});
