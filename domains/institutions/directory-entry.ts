import type { DirectoryKind, InstitutionsEvent } from '@qingpu/contracts/events/institutions';
import type { Sealed } from '@qingpu/contracts/events/sealed';
import type { Registration } from '@qingpu/contracts/partners/hospital/registration';
import type { DecisionTime } from '@qingpu/domains-kernel/command-handling';
import type { Decider } from '@qingpu/domains-kernel/decider';
import { checkBookingRule, filingNumberOf } from './booking-rule.ts';
import { checkReferences, type DirectoryReferences } from './directory-references.ts';
import {
  alreadyActive,
  alreadyInactive,
  doctorPersonMissing,
  entryErased,
  entryInactive,
  entryUnknown,
  erasureOnlyForDoctors,
} from './rejections.ts';

/** A doctor's personal data, sealed before it reaches the decider. */
export interface SealedPerson {
  readonly person: Sealed;
  /** Tells an unchanged person from a changed one without opening either. */
  readonly personFingerprint: string;
  readonly residentIdIndex: string;
}

export type EntryDetails = Registration<DirectoryKind>['details'];

interface EntryKey {
  readonly kind: DirectoryKind;
  readonly institutionCode: string;
  readonly code: string;
}

export type DirectoryCommand =
  /** The hospital says how the entry is: registers it, changes it, or finds nothing to change. */
  | (EntryKey & {
      readonly type: 'RegisterEntry';
      readonly details: EntryDetails;
      readonly person?: SealedPerson;
    })
  /** The desk changes an entry that exists; a doctor's person may be left as it is. */
  | (EntryKey & {
      readonly type: 'ChangeEntry';
      readonly details: EntryDetails;
      readonly person?: SealedPerson;
    })
  | (EntryKey & {
      readonly type: 'DeactivateEntry' | 'ReactivateEntry' | 'EraseEntry';
      readonly reason: string;
    });

export interface KnownEntry {
  readonly status: 'active' | 'inactive' | 'erased';
  readonly details: EntryDetails;
  readonly person: SealedPerson | undefined;
  /** Versions of a booking rule filed so far; 0 for every other kind. */
  readonly ruleVersion: number;
}

export type EntryState = { readonly status: 'absent' } | KnownEntry;

export type EntryContext = DecisionTime & { readonly references: DirectoryReferences };

const EVENT_PREFIXES = {
  institution: 'Institution',
  department: 'Department',
  doctor: 'Doctor',
  clinic: 'Clinic',
  internetClinic: 'InternetClinic',
  channel: 'Channel',
  bookingRule: 'BookingRule',
} as const satisfies Record<DirectoryKind, string>;

/** The stream of one entry. Institution and local codes are public codes, not personal data. */
export function entryStream(kind: DirectoryKind, institutionCode: string, code: string): string {
  return kind === 'institution' ? `institution-${institutionCode}` : `${kind}-${institutionCode}.${code}`;
}

/** The write side of every entry of the directory: registered, changed, deactivated, reactivated, and erased for doctors. */
export const directoryEntry: Decider<EntryState, DirectoryCommand, InstitutionsEvent, EntryContext> = {
  initialState: { status: 'absent' },
  evolve,
  decide(state, command, context) {
    switch (command.type) {
      case 'RegisterEntry':
        return register(state, command, context);
      case 'ChangeEntry':
        if (state.status === 'absent') throw entryUnknown();
        return register(state, command, context);
      case 'DeactivateEntry':
        return deactivate(state, command);
      case 'ReactivateEntry':
        return reactivate(state, command, context);
      case 'EraseEntry':
        return erase(state, command);
    }
  },
};

type RegisterOrChange = Extract<DirectoryCommand, { type: 'RegisterEntry' | 'ChangeEntry' }>;
type Reasoned = Extract<DirectoryCommand, { reason: string }>;

function register(
  state: EntryState,
  command: RegisterOrChange,
  context: EntryContext,
): readonly InstitutionsEvent[] {
  if (state.status === 'erased') throw entryErased();
  if (state.status === 'inactive') throw entryInactive();
  if (state.status === 'active' && isUnchanged(state, command)) return [];
  checkReferences(command, context.references);
  if (command.kind === 'bookingRule') return [fileRule(state, command, context)];
  const person = command.person ?? (state.status === 'active' ? state.person : undefined);
  // Without it the event would not fit its published schema and could never be read again.
  if (command.kind === 'doctor' && !person) throw doctorPersonMissing();
  const data = {
    institutionCode: command.institutionCode,
    code: command.code,
    details: command.details,
    ...person,
  };
  return [entryEvent(command.kind, state.status === 'absent' ? 'Registered' : 'Changed', data)];
}

function fileRule(state: EntryState, command: RegisterOrChange, context: EntryContext): InstitutionsEvent {
  const details = command.details as Registration<'bookingRule'>['details'];
  checkBookingRule(details, context.now);
  const ruleVersion = (state.status === 'absent' ? 0 : state.ruleVersion) + 1;
  const { institutionCode, code } = command;
  const filingNumber = filingNumberOf(institutionCode, code, ruleVersion);
  return { type: 'BookingRuleFiled', data: { institutionCode, code, ruleVersion, filingNumber, details } };
}

function deactivate(state: EntryState, command: Reasoned): readonly InstitutionsEvent[] {
  if (state.status === 'absent') throw entryUnknown();
  if (state.status === 'erased') throw entryErased();
  if (state.status === 'inactive') throw alreadyInactive();
  return [entryEvent(command.kind, 'Deactivated', reasonOf(command))];
}

function reactivate(
  state: EntryState,
  command: Reasoned,
  context: EntryContext,
): readonly InstitutionsEvent[] {
  if (state.status === 'absent') throw entryUnknown();
  if (state.status === 'erased') throw entryErased();
  if (state.status === 'active') throw alreadyActive();
  checkReferences({ ...command, details: state.details }, context.references);
  return [entryEvent(command.kind, 'Reactivated', reasonOf(command))];
}

function erase(state: EntryState, command: Reasoned): readonly InstitutionsEvent[] {
  if (command.kind !== 'doctor') throw erasureOnlyForDoctors();
  if (state.status === 'absent') throw entryUnknown();
  if (state.status === 'erased') return [];
  return [{ type: 'DoctorErased', data: reasonOf(command) }];
}

function reasonOf(command: Reasoned) {
  return { institutionCode: command.institutionCode, code: command.code, reason: command.reason };
}

function entryEvent(kind: DirectoryKind, happened: string, data: unknown): InstitutionsEvent {
  return { type: `${EVENT_PREFIXES[kind]}${happened}`, data } as InstitutionsEvent;
}

function isUnchanged(state: KnownEntry, command: RegisterOrChange): boolean {
  const samePerson = !command.person || command.person.personFingerprint === state.person?.personFingerprint;
  return samePerson && canonical(command.details) === canonical(state.details);
}

/** Schemas give every details object its keys in one order only at the top; nested objects are sorted here. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

function evolve(state: EntryState, event: InstitutionsEvent): EntryState {
  if (event.type === 'BookingRuleFiled') {
    return {
      status: 'active',
      details: event.data.details,
      person: undefined,
      ruleVersion: event.data.ruleVersion,
    };
  }
  if ('details' in event.data) {
    const person = 'person' in event.data ? personOf(event.data) : undefined;
    return { status: 'active', details: event.data.details, person, ruleVersion: 0 };
  }
  if (state.status === 'absent') return state;
  if (event.type === 'DoctorErased') return { ...state, status: 'erased', person: undefined };
  return { ...state, status: event.type.endsWith('Deactivated') ? 'inactive' : 'active' };
}

function personOf(data: SealedPerson): SealedPerson {
  return {
    person: data.person,
    personFingerprint: data.personFingerprint,
    residentIdIndex: data.residentIdIndex,
  };
}
