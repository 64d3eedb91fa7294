import {
  type DirectoryKind,
  type InstitutionsEvent,
  institutionEvents,
} from '@qingpu/contracts/events/institutions';
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
import { shanghaiDate } from '@qingpu/domains-kernel/clock';
import type { CommandEnvelope, CommandHandlingPorts } from '@qingpu/domains-kernel/command-handling';
import { fold } from '@qingpu/domains-kernel/decider';
import { readEvents } from '@qingpu/domains-kernel/read-stream';
import { Rejection } from '@qingpu/domains-kernel/rejection';
import { FakeCommandLedger } from '@qingpu/domains-kernel/testing/fake-command-ledger';
import { FakeEventLog } from '@qingpu/domains-kernel/testing/fake-event-log';
import { FakeSealer } from '@qingpu/domains-kernel/testing/fake-sealer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { directoryEntry, type EntryDetails, type EntryState, entryStream } from './directory-entry.ts';
import { namedReferences } from './directory-references.ts';
import {
  ChangeEntry,
  ChangeEntryHandler,
  CloseEntry,
  CloseEntryHandler,
  RegisterEntry,
  RegisterEntryHandler,
} from './handlers.ts';

const institutionCode = sampleInstitutionCode(1);

/** What may be asked: sparse codes, so that commands meet; sometimes without a person, sometimes with a reference to nothing. */
const department = fc.constantFrom('K1', 'K2', 'K3');
const doctor = fc.constantFrom('D1', 'D2');
const details: Record<DirectoryKind, fc.Arbitrary<EntryDetails>> = {
  institution: fc.constantFrom(
    sampleInstitution(institutionCode),
    sampleInstitution(institutionCode, { grade: '10' }),
  ),
  department: fc.oneof(
    fc.constant(sampleDepartment()),
    department.map((parentCode) => sampleDepartment({ level: 2, parentCode, subjectCode: '03.04' })),
  ),
  doctor: fc
    .uniqueArray(department, { minLength: 1, maxLength: 2 })
    .map((departmentCodes) => sampleDoctor({ departmentCodes })),
  clinic: fc
    .tuple(department, fc.option(doctor))
    .map(([departmentCode, doctorCode]) => sampleClinic({ departmentCode, doctorCode })),
  internetClinic: fc
    .tuple(department, fc.option(doctor))
    .map(([departmentCode, doctorCode]) => sampleInternetClinic({ departmentCode, doctorCode })),
  channel: fc.boolean().map((prepaid) => sampleChannel({ prepaid })),
  bookingRule: fc
    .tuple(fc.constantFrom('2026-03-01', '2026-03-02', '2026-03-05'), fc.integer({ min: 13, max: 15 }))
    .map(([effectiveFrom, horizonDays]) => sampleBookingRule({ effectiveFrom, horizonDays })),
};

const address = fc.oneof(
  fc.constant({ kind: 'institution' as const, institutionCode, code: institutionCode }),
  department.map((code) => ({ kind: 'department' as const, institutionCode, code })),
  doctor.map((code) => ({ kind: 'doctor' as const, institutionCode, code })),
  fc
    .constantFrom('clinic' as const, 'internetClinic' as const, 'channel' as const, 'bookingRule' as const)
    .map((kind) => ({ kind, institutionCode, code: 'X1' })),
);

const content = address.chain((entry) =>
  fc.record({
    entry: fc.constant(entry),
    details: details[entry.kind],
    person:
      entry.kind === 'doctor'
        ? fc.option(fc.constantFrom(samplePerson(), samplePerson({ mobile: '13900005678' })), {
            nil: undefined,
          })
        : fc.constant(undefined),
  }),
);

const step = fc.oneof(
  { weight: 4, arbitrary: content.map((value) => ({ act: 'RegisterEntry' as const, ...value })) },
  { weight: 2, arbitrary: content.map((value) => ({ act: 'ChangeEntry' as const, ...value })) },
  {
    weight: 3,
    arbitrary: fc.record({
      act: fc.constantFrom('DeactivateEntry' as const, 'ReactivateEntry' as const, 'EraseEntry' as const),
      entry: address,
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

/** Every sequence starts from a small hospital, so that references are often met. */
const opening: readonly Step[] = [
  {
    act: 'RegisterEntry',
    entry: { kind: 'institution', institutionCode, code: institutionCode },
    details: sampleInstitution(institutionCode),
    person: undefined,
  },
  {
    act: 'RegisterEntry',
    entry: { kind: 'department', institutionCode, code: 'K1' },
    details: sampleDepartment(),
    person: undefined,
  },
  {
    act: 'RegisterEntry',
    entry: { kind: 'doctor', institutionCode, code: 'D1' },
    details: sampleDoctor({ departmentCodes: ['K1'] }),
    person: samplePerson(),
  },
];

class World {
  readonly log = new FakeEventLog();
  readonly sealer = new FakeSealer();
  #now = new Date('2026-03-01T02:00:00.000Z').getTime();
  #steps = 0;
  readonly #ports: CommandHandlingPorts = {
    log: this.log,
    ledger: new FakeCommandLedger(),
    clock: { now: () => new Date(this.#now) },
  };

  /** Takes one step; a rejection is an answer too. */
  async take(next: Step): Promise<void> {
    this.#now += 5 * 3_600_000;
    try {
      await this.#execute(next, this.#envelope());
    } catch (error) {
      if (!(error instanceof Rejection)) throw error;
    }
  }

  #execute(next: Step, envelope: CommandEnvelope): Promise<unknown> {
    if (!('details' in next))
      return new CloseEntryHandler(this.#ports, this.sealer).execute(
        new CloseEntry(next.act, next.entry, '机构调整', envelope),
      );
    const entryContent = { ...next.entry, details: next.details, person: next.person };
    return next.act === 'RegisterEntry'
      ? new RegisterEntryHandler(this.#ports, this.sealer).execute(new RegisterEntry(entryContent, envelope))
      : new ChangeEntryHandler(this.#ports, this.sealer).execute(new ChangeEntry(entryContent, envelope));
  }

  #envelope(): CommandEnvelope {
    const commandId = `7b0c6f1e-4b0a-4c7e-9a53-${String(this.#steps++).padStart(12, '0')}`;
    const actor = { kind: 'staff', id: 'staff-1' } as const;
    return { commandId, bodyHmac: commandId, actor, correlationId: 'c', causationId: 'c' };
  }
}

/** One life: the events of an entry in order. */
type Life = readonly InstitutionsEvent[];

const bookkeeping = (event: InstitutionsEvent) => {
  const happened = event.type.replace(
    /^(Institution|Department|Doctor|InternetClinic|Clinic|Channel|BookingRule)/,
    '',
  );
  return happened as 'Registered' | 'Changed' | 'Filed' | 'Deactivated' | 'Reactivated' | 'Erased';
};

async function afterSteps(
  steps: readonly Step[],
): Promise<{ stored: readonly StoredEvent[]; lives: Life[] }> {
  const world = new World();
  for (const next of [...opening, ...steps]) await world.take(next);
  const stored = world.log.all();
  const streams = Map.groupBy(stored, ({ stream }) => stream);
  // Reading is the first invariant: whatever was written fits its published schema.
  return { stored, lives: [...streams.values()].map((history) => readEvents(institutionEvents, history)) };
}

const invariant = (name: string, holds: (run: Awaited<ReturnType<typeof afterSteps>>) => void) =>
  it(name, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => holds(await afterSteps(steps))),
    );
  });

describe('whatever is asked in whatever order', () => {
  invariant(
    '1: a life begins with its registration or first filing, and every event can be read',
    ({ stored, lives }) => {
      expect(lives.flat()).toHaveLength(stored.length);
      for (const [first, ...later] of lives) {
        expect(['Registered', 'Filed']).toContain(first && bookkeeping(first));
        expect(later.map(bookkeeping)).not.toContain('Registered');
      }
    },
  );

  invariant('2: active and inactive alternate, and only active entries change', ({ lives }) => {
    for (const life of lives) {
      let active = true;
      for (const happened of life.map(bookkeeping)) {
        if (happened === 'Erased') break;
        expect(active, happened).toBe(happened !== 'Reactivated');
        active = happened !== 'Deactivated';
      }
    }
  });

  invariant('3: only doctors are erased, and nothing follows', ({ lives }) => {
    for (const life of lives) {
      const erased = life.findIndex((event) => bookkeeping(event) === 'Erased');
      if (erased < 0) continue;
      expect(life[erased]?.type).toBe('DoctorErased');
      expect(erased).toBe(life.length - 1);
    }
  });

  invariant(
    '4: versions of a rule count from 1 without a gap and begin no earlier than they are filed',
    ({ stored }) => {
      const filings = stored.filter(({ type }) => type === 'BookingRuleFiled');
      const data = filings.map(
        (filing) => filing.data as Extract<InstitutionsEvent, { type: 'BookingRuleFiled' }>['data'],
      );
      expect(data.map(({ ruleVersion }) => ruleVersion)).toEqual(data.map((_, index) => index + 1));
      for (const [index, { details: filed }] of data.entries()) {
        const filedOn = shanghaiDate(new Date(filings[index]?.metadata.occurredAt ?? ''));
        expect(filed.effectiveFrom >= filedOn).toBe(true);
      }
    },
  );

  invariant('5: no event says what was known already', ({ lives }) => {
    for (const life of lives) {
      const snapshots = life.flatMap(({ data }) => ('details' in data ? [said(data)] : []));
      for (const [index, snapshot] of snapshots.entries()) expect(snapshot).not.toBe(snapshots[index - 1]);
    }
  });

  invariant('6: a doctor always has a sealed person', ({ lives }) => {
    for (const { type, data } of lives.flat())
      if (type === 'DoctorRegistered' || type === 'DoctorChanged') expect(data.person.box).not.toBe('');
  });

  invariant(
    '7: what an entry names was active when it was written, and a parent was of the first level',
    ({ stored }) => {
      for (const [index, event] of stored.entries())
        if ('details' in (event.data as object)) expectFooting(stored.slice(0, index), event);
    },
  );
});

/** What a snapshot names, as the log stood before it. */
function expectFooting(before: readonly StoredEvent[], { stream, data }: StoredEvent): void {
  const kind = kindOf(stream);
  if (kind === 'institution') return;
  expect(stateOf(before, 'institution', institutionCode).status).toBe('active');
  const { details } = data as { readonly details: EntryDetails };
  const named = namedReferences({ kind, details });
  for (const code of named.doctors) expect(stateOf(before, 'doctor', code).status).toBe('active');
  const above = kind === 'department' ? { status: 'active', details: { level: 1 } } : { status: 'active' };
  for (const code of named.departments) expect(stateOf(before, 'department', code)).toMatchObject(above);
}

function said(data: object): string {
  return JSON.stringify([
    'details' in data && data.details,
    'personFingerprint' in data && data.personFingerprint,
  ]);
}

function kindOf(stream: string): DirectoryKind {
  return stream.slice(0, stream.indexOf('-')) as DirectoryKind;
}

function stateOf(log: readonly StoredEvent[], kind: DirectoryKind, code: string): EntryState {
  const stream = entryStream(kind, institutionCode, code);
  const history = log.filter((event) => event.stream === stream);
  return fold(directoryEntry, readEvents(institutionEvents, history));
}
