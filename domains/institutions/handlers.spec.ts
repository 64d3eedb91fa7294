import { type InstitutionsEvent, institutionEvents } from '@qingpu/contracts/events/institutions';
import {
  sampleClinic,
  sampleDepartment,
  sampleDoctor,
  sampleInstitution,
  sampleInstitutionCode,
  samplePerson,
} from '@qingpu/contracts/testing/sample-directory';
import type {
  AcceptedOutcome,
  CommandEnvelope,
  CommandHandlingPorts,
} from '@qingpu/domains-kernel/command-handling';
import { readEvents } from '@qingpu/domains-kernel/read-stream';
import { FakeCommandLedger } from '@qingpu/domains-kernel/testing/fake-command-ledger';
import { FakeEventLog } from '@qingpu/domains-kernel/testing/fake-event-log';
import { FakeSealer } from '@qingpu/domains-kernel/testing/fake-sealer';
import { describe, expect, it } from 'vitest';
import { entryStream } from './directory-entry.ts';
import { doctorSubject } from './doctor-subject.ts';
import {
  ChangeEntry,
  ChangeEntryHandler,
  CloseEntry,
  CloseEntryHandler,
  DestroyPersonKey,
  DestroyPersonKeyHandler,
  type EntryContent,
  RegisterEntry,
  RegisterEntryHandler,
} from './handlers.ts';

const institutionCode = sampleInstitutionCode(1);

class Desk {
  readonly log = new FakeEventLog();
  readonly sealer = new FakeSealer();
  readonly ports: CommandHandlingPorts = {
    log: this.log,
    ledger: new FakeCommandLedger(),
    clock: { now: () => new Date('2026-03-01T02:00:00.000Z') },
  };
  #commands = 0;

  envelope(): CommandEnvelope {
    const commandId = `7b0c6f1e-4b0a-4c7e-9a53-${String(this.#commands++).padStart(12, '0')}`;
    const actor = { kind: 'staff', id: 'staff-1' } as const;
    return { commandId, bodyHmac: commandId, actor, correlationId: 'c', causationId: 'c' };
  }

  register(content: EntryContent): Promise<AcceptedOutcome> {
    return new RegisterEntryHandler(this.ports, this.sealer).execute(
      new RegisterEntry(content, this.envelope()),
    );
  }

  change(content: EntryContent): Promise<AcceptedOutcome> {
    return new ChangeEntryHandler(this.ports, this.sealer).execute(new ChangeEntry(content, this.envelope()));
  }

  close(act: CloseEntry['act'], kind: EntryContent['kind'], code: string): Promise<AcceptedOutcome> {
    const command = new CloseEntry(act, { kind, institutionCode, code }, '机构调整', this.envelope());
    return new CloseEntryHandler(this.ports, this.sealer).execute(command);
  }

  async eventsOf(kind: EntryContent['kind'], code: string): Promise<InstitutionsEvent[]> {
    return readEvents(institutionEvents, await this.log.readStream(entryStream(kind, institutionCode, code)));
  }
}

const hospital: EntryContent = {
  kind: 'institution',
  institutionCode,
  code: institutionCode,
  details: sampleInstitution(institutionCode),
};
const medicine: EntryContent = {
  kind: 'department',
  institutionCode,
  code: 'K03',
  details: sampleDepartment(),
};
const doctor = (person = samplePerson()): EntryContent => ({
  kind: 'doctor',
  institutionCode,
  code: 'D1',
  details: sampleDoctor(),
  person,
});
const clinic: EntryContent = {
  kind: 'clinic',
  institutionCode,
  code: 'C1',
  details: sampleClinic({ doctorCode: 'D1' }),
};

async function openDesk(): Promise<Desk> {
  const desk = new Desk();
  for (const content of [hospital, medicine, doctor()]) await desk.register(content);
  return desk;
}

const rejected = (code: string) => expect.objectContaining({ name: 'Rejection', code });

describe('references', () => {
  it('are read from the streams of what an entry names', async () => {
    const desk = new Desk();
    await expect(desk.register(medicine)).rejects.toEqual(rejected('institution-not-registered'));
    await desk.register(hospital);
    await expect(desk.register(doctor())).rejects.toEqual(rejected('department-not-registered'));
    await desk.register(medicine);
    await expect(desk.register(clinic)).rejects.toEqual(rejected('doctor-not-registered'));
    await desk.register(doctor());
    await expect(desk.register(clinic)).resolves.toMatchObject({ kind: 'accepted' });
  });

  it('count only while they are active', async () => {
    const desk = await openDesk();
    await desk.close('DeactivateEntry', 'doctor', 'D1');
    await expect(desk.register(clinic)).rejects.toEqual(rejected('doctor-not-registered'));
    await desk.close('DeactivateEntry', 'department', 'K03');
    await expect(desk.close('ReactivateEntry', 'doctor', 'D1')).rejects.toEqual(
      rejected('department-not-registered'),
    );
    await desk.close('DeactivateEntry', 'institution', institutionCode);
    await expect(desk.close('ReactivateEntry', 'department', 'K03')).rejects.toEqual(
      rejected('institution-not-registered'),
    );
  });

  it.each(['DeactivateEntry', 'ReactivateEntry', 'EraseEntry'] as const)(
    '%s: an entry that was never registered is unknown, not a failure',
    async (act) => {
      const desk = await openDesk();
      await expect(desk.close(act, 'doctor', 'D404')).rejects.toEqual(rejected('entry-unknown'));
    },
  );

  it('know the level of a parent department', async () => {
    const desk = await openDesk();
    const below = (code: string, parentCode: string): EntryContent => ({
      ...medicine,
      code,
      details: sampleDepartment({ level: 2, parentCode, subjectCode: '03.04' }),
    });
    await desk.register(below('K0304', 'K03'));
    await expect(desk.register(below('K030401', 'K0304'))).rejects.toEqual(
      rejected('parent-department-unfit'),
    );
  });
});

describe('the person of a doctor', () => {
  it('is sealed under the doctor’s own key: the log holds nothing of it', async () => {
    const desk = await openDesk();
    const text = JSON.stringify(await desk.eventsOf('doctor', 'D1'));
    for (const value of Object.values(samplePerson()).filter((value) => value.length > 1))
      expect(text).not.toContain(value);
    expect(text).toContain(doctorSubject(institutionCode, 'D1'));
  });

  it('is recognised when it comes again, and kept when the desk leaves it out', async () => {
    const desk = await openDesk();
    await expect(desk.register(doctor())).resolves.toMatchObject({ kind: 'unchanged' });
    const { person: _person, ...anonymous } = doctor();
    await desk.change({ ...anonymous, details: sampleDoctor({ title: '232' }) });
    const events = await desk.eventsOf('doctor', 'D1');
    const [first, second] = events.map(({ data }) => ('person' in data ? data.person : undefined));
    expect(first).toBeDefined();
    expect(second).toEqual(first);
  });

  it('cannot be registered again once its key is destroyed, which may be repeated', async () => {
    const desk = await openDesk();
    await desk.close('EraseEntry', 'doctor', 'D1');
    await expect(desk.register(doctor())).rejects.toEqual(rejected('entry-erased'));
    const destroy = new DestroyPersonKeyHandler(desk.sealer);
    for (let round = 0; round < 2; round++)
      await destroy.execute(new DestroyPersonKey(doctorSubject(institutionCode, 'D1')));
    await expect(desk.register(doctor())).rejects.toEqual(rejected('entry-erased'));
    await expect(desk.change(doctor())).rejects.toEqual(rejected('entry-erased'));
  });
});
