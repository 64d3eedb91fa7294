import { AbilityBuilder, createMongoAbility, type MongoAbility, subject } from '@casl/ability';
import type { Actor } from '@qingpu/contracts/events/stored-event';
import type { Role } from '@qingpu/contracts/http/session';
import { VISITOR as VISITING, type Viewer } from '@qingpu/read-models-institution-directory/entry-filter';

import type { SessionAccount } from './session-store.ts';

/** Who sends a request, as the server found out for itself. */
export type Principal =
  | { readonly kind: 'visitor' }
  | { readonly kind: 'partner'; readonly id: string; readonly institutionCode: string }
  /** The payment gateway, which reports what was paid and may do nothing else. */
  | { readonly kind: 'gateway'; readonly id: string }
  /** The server of an app that embeds the portal. */
  | { readonly kind: 'app'; readonly id: string }
  /** The city's or a third party's booking platform. */
  | { readonly kind: 'channel'; readonly id: string; readonly channel: 'cityPlatform' | 'thirdParty' }
  | {
      readonly kind: 'staff' | 'resident';
      readonly id: string;
      readonly role: Role;
      readonly institutionCode: string | null;
    };

/** Who the account of a session is. */
export function principalOf({ accountId, role, institutionCode }: SessionAccount): Principal {
  return { kind: role === 'resident' ? 'resident' : 'staff', id: accountId, role, institutionCode };
}

export const VISITOR: Principal = { kind: 'visitor' };

/** What can be done to an entry of the directory. */
export type EntryAction =
  | 'register'
  | 'change'
  | 'readInactive'
  | 'readPerson'
  | 'disclose'
  | 'erase'
  | 'readHistory'
  | 'analyse';

type Entry = { readonly institutionCode: string };
type Ability = MongoAbility<[EntryAction, 'Entry' | (Entry & { readonly __caslSubjectType__?: 'Entry' })]>;

/** What the principal may do, and to whose entries. */
export function abilityOf(principal: Principal): Ability {
  const { can, build } = new AbilityBuilder<Ability>(createMongoAbility);
  if (principal.kind === 'partner') {
    can('register', 'Entry', { institutionCode: principal.institutionCode });
  }
  if (principal.kind === 'staff') grantStaff(principal, can);
  return build();
}

function grantStaff(
  { role, institutionCode }: Extract<Principal, { kind: 'staff' | 'resident' }>,
  can: AbilityBuilder<Ability>['can'],
): void {
  const own = institutionCode === null ? undefined : { institutionCode };
  switch (role) {
    case 'districtAdmin':
      can(['change', 'readInactive', 'readPerson', 'disclose', 'erase', 'readHistory', 'analyse'], 'Entry');
      break;
    case 'hospitalAdmin':
      if (own) can(['change', 'readInactive', 'readPerson', 'disclose', 'readHistory'], 'Entry', own);
      can('analyse', 'Entry');
      break;
    case 'regulator':
      can(['readInactive', 'readHistory', 'analyse'], 'Entry');
      break;
    case 'coordinator':
      can('readInactive', 'Entry');
      break;
    case 'resident':
      break;
  }
}

/** Whether the principal may do this to entries of at least one institution. */
export function maySomewhere(principal: Principal, action: EntryAction): boolean {
  return abilityOf(principal).can(action, 'Entry');
}

/** Whether the principal may do this to entries of this institution. */
export function mayOnEntry(principal: Principal, action: EntryAction, institutionCode: string): boolean {
  return abilityOf(principal).can(action, subject('Entry', { institutionCode }));
}

/** What of the directory the principal sees; queries narrow themselves by it once more, after the controller has checked. */
export function viewerOf(principal: Principal): Viewer {
  const rule = abilityOf(principal).relevantRuleFor('readInactive', 'Entry');
  if (!rule) return VISITING;
  const institutionCode = rule.conditions?.institutionCode;
  const persons = abilityOf(principal).can('readPerson', 'Entry');
  return typeof institutionCode === 'string'
    ? { staff: true, persons, scope: institutionCode }
    : { staff: true, persons };
}

/** The principal as events name it; visitors never write. */
export function actorOf(principal: Principal): Actor {
  if (principal.kind === 'visitor') throw new Error('a visitor writes nothing');
  if (principal.kind === 'gateway') return { kind: 'system', id: principal.id };
  if (principal.kind === 'channel' || principal.kind === 'app') return { kind: 'partner', id: principal.id };
  const { kind, id, institutionCode } = principal;
  return { kind, id, ...(institutionCode !== null && { institutionCode }) };
}
