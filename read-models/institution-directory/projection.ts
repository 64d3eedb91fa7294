import { checkInstitutionCode } from '@qingpu/contracts/codes/institution-code';
import { maskIdentityNumber, maskPhone } from '@qingpu/contracts/codes/masking';
import {
  type DirectoryKind,
  type InstitutionsEvent,
  institutionEvents,
} from '@qingpu/contracts/events/institutions';
import { STATUS_NAMES } from '@qingpu/contracts/http/institutions';
import { type DoctorPerson, doctorPersonSchema } from '@qingpu/contracts/partners/hospital/registration';
import type { EventPlace, Opener, Projection } from '@qingpu/read-models-kernel/view';
import type { ViewDocument, ViewWrite } from '@qingpu/read-models-kernel/view-store';
import { EVENT_FACTS } from './event-facts.ts';
import { searchFields } from './search-keys.ts';
import {
  type DoctorDocument,
  type EntryDocument,
  entryId,
  type HistoryDocument,
  institutionDirectoryView,
  type RuleVersionDocument,
} from './view.ts';

/** Folds the directory's events into entries, their timelines and the filed versions of booking rules. */
export const institutionDirectory: Projection<typeof institutionEvents> = {
  view: institutionDirectoryView,
  catalogue: institutionEvents,
  async project(event, place, opener) {
    const entry = {
      ...(await entryFields(event, opener)),
      revision: place.revision,
      updatedAt: place.metadata.occurredAt,
    };
    const guard = BigInt(place.revision);
    return [
      { collection: 'entries', id: place.stream, guard, set: entry },
      { collection: 'history', id: place.id, guard, set: historyFields(event, place) },
      ...ruleVersionWrites(event, place),
    ];
  },
};

type Data<Type extends InstitutionsEvent['type']> = Extract<InstitutionsEvent, { type: Type }>['data'];
type EntryOf<Kind extends DirectoryKind> = Extract<EntryDocument, { kind: Kind }>;
/** The fields of an entry besides those that every event sets. */
type EntryFields<Kind extends DirectoryKind> = Omit<
  EntryOf<Kind>,
  keyof ViewDocument | 'revision' | 'updatedAt'
>;
type Fields = { [Kind in DirectoryKind]: EntryFields<Kind> }[DirectoryKind] | Partial<EntryFields<'doctor'>>;

async function entryFields(event: InstitutionsEvent, opener: Opener): Promise<Fields> {
  switch (event.type) {
    case 'InstitutionRegistered':
    case 'InstitutionChanged':
      return institution(event.data);
    case 'DepartmentRegistered':
    case 'DepartmentChanged':
      return department(event.data);
    case 'DoctorRegistered':
    case 'DoctorChanged':
      return doctor(event.data, await personOf(event.data, opener));
    case 'DoctorErased':
      return erasedPerson(event.data);
    case 'ClinicRegistered':
    case 'ClinicChanged':
      return clinic(event.data);
    case 'InternetClinicRegistered':
    case 'InternetClinicChanged':
      return internetClinic(event.data);
    case 'ChannelRegistered':
    case 'ChannelChanged':
      return channel(event.data);
    case 'BookingRuleFiled':
      return bookingRule(event.data);
    case 'InstitutionDeactivated':
    case 'DepartmentDeactivated':
    case 'DoctorDeactivated':
    case 'ClinicDeactivated':
    case 'InternetClinicDeactivated':
    case 'ChannelDeactivated':
    case 'BookingRuleDeactivated':
      return { status: 'inactive' };
    case 'InstitutionReactivated':
    case 'DepartmentReactivated':
    case 'DoctorReactivated':
    case 'ClinicReactivated':
    case 'InternetClinicReactivated':
    case 'ChannelReactivated':
    case 'BookingRuleReactivated':
      return { status: 'active' };
    default:
      return unforeseen(event);
  }
}

function unforeseen(event: never): never {
  throw new Error(`the directory does not fold ${(event as InstitutionsEvent).type}`);
}

interface EntryKey {
  readonly institutionCode: string;
  readonly code: string;
}

function common<Kind extends DirectoryKind>(
  kind: Kind,
  { institutionCode, code }: EntryKey,
  names: readonly [string, ...string[]],
) {
  const checked = checkInstitutionCode(institutionCode);
  return {
    kind,
    institutionCode,
    code,
    category: checked.valid ? checked.category : '',
    status: 'active' as const,
    name: names[0],
    departmentCodes: [] as readonly string[],
    ...searchFields(
      entryId(kind, institutionCode, code),
      names,
      code,
      kind === 'doctor' ? 'person' : 'thing',
    ),
  };
}

function institution(data: Data<'InstitutionRegistered'>): EntryFields<'institution'> {
  const { name, shortName } = data.details;
  return { ...common('institution', data, [name, shortName]), details: data.details };
}

function department(data: Data<'DepartmentRegistered'>): EntryFields<'department'> {
  const { name, parentCode } = data.details;
  return {
    ...common('department', data, [name]),
    departmentCodes: parentCode === null ? [] : [parentCode],
    details: data.details,
  };
}

function clinic(data: Data<'ClinicRegistered'>): EntryFields<'clinic'> {
  const { name, departmentCode } = data.details;
  return {
    ...common('clinic', data, [name]),
    departmentCodes: [departmentCode],
    details: data.details,
  };
}

function internetClinic(data: Data<'InternetClinicRegistered'>): EntryFields<'internetClinic'> {
  const { name, departmentCode } = data.details;
  return {
    ...common('internetClinic', data, [name]),
    departmentCodes: [departmentCode],
    details: data.details,
  };
}

function channel(data: Data<'ChannelRegistered'>): EntryFields<'channel'> {
  return { ...common('channel', data, [data.details.name]), details: data.details };
}

function bookingRule(data: Data<'BookingRuleFiled'>): EntryFields<'bookingRule'> {
  const { details, ruleVersion, filingNumber } = data;
  return { ...common('bookingRule', data, [details.name]), details, ruleVersion, filingNumber };
}

function doctor(data: Data<'DoctorRegistered'>, person: DoctorPerson | undefined): EntryFields<'doctor'> {
  const { details } = data;
  return {
    ...common('doctor', data, [person?.name ?? STATUS_NAMES.erased]),
    departmentCodes: details.departmentCodes,
    details,
    title: details.title,
    expert: details.expert,
    ...(person ? listedPerson(data, person) : erasedPerson(data)),
  };
}

function listedPerson(data: Data<'DoctorRegistered'>, person: DoctorPerson) {
  const { sex, expertise, introduction } = person;
  return {
    listing: { sex, expertise, introduction },
    masked: {
      residentId: maskIdentityNumber(person.residentId),
      mobile: maskPhone(person.mobile),
      certificateNumber: maskIdentityNumber(person.certificateNumber),
    },
    sealedPerson: data.person,
    residentIdIndex: data.residentIdIndex,
  };
}

/** Overwrites everything that came from the sealed person, so that nothing of it stays in the view. */
function erasedPerson({ institutionCode, code }: EntryKey) {
  return {
    status: 'erased' as const,
    name: STATUS_NAMES.erased,
    ...searchFields(entryId('doctor', institutionCode, code), [], code, 'person'),
    listing: { sex: '', expertise: '', introduction: '' },
    masked: null,
    sealedPerson: null,
    residentIdIndex: null,
  } satisfies Partial<DoctorDocument>;
}

/** The doctor's own data in clear; undefined when the doctor has been erased since. */
async function personOf(data: Data<'DoctorRegistered'>, opener: Opener): Promise<DoctorPerson | undefined> {
  const opened = await opener.open(data.person);
  if (opened === undefined) return undefined;
  const person = doctorPersonSchema.safeParse(opened);
  // The fault is named without any value: it ends up in logs.
  if (!person.success) throw new Error('the sealed person of a doctor does not fit its schema');
  return person.data;
}

function historyFields(
  event: InstitutionsEvent,
  place: EventPlace,
): Omit<HistoryDocument, keyof ViewDocument> {
  const { data } = event;
  return {
    entryId: place.stream,
    kind: EVENT_FACTS[event.type].kind,
    institutionCode: data.institutionCode,
    revision: place.revision,
    type: event.type,
    at: place.metadata.occurredAt,
    actor: place.metadata.actor,
    reason: 'reason' in data ? data.reason : null,
    details: 'details' in data ? data.details : null,
    personFingerprint: 'personFingerprint' in data ? data.personFingerprint : null,
    ruleVersion: 'ruleVersion' in data ? data.ruleVersion : null,
  };
}

function ruleVersionWrites(event: InstitutionsEvent, place: EventPlace): ViewWrite[] {
  if (event.type !== 'BookingRuleFiled') return [];
  const { ruleVersion, filingNumber, details } = event.data;
  const set: Omit<RuleVersionDocument, keyof ViewDocument> = {
    entryId: place.stream,
    ruleVersion,
    filingNumber,
    filedAt: place.metadata.occurredAt,
    effectiveFrom: details.effectiveFrom,
    details,
  };
  const id = `${place.stream}@${ruleVersion}`;
  return [{ collection: 'rule_versions', id, guard: BigInt(place.revision), set }];
}
