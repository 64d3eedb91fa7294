import { Announcements } from '@qingpu/read-models-announcements/queries';
import { announcementsView } from '@qingpu/read-models-announcements/view';
import { Landings } from '@qingpu/read-models-bookings/difference-queries';
import { Bookings } from '@qingpu/read-models-bookings/queries';
import { Standings } from '@qingpu/read-models-bookings/standing-queries';
import { bookingsView } from '@qingpu/read-models-bookings/view';
import { Waitlists } from '@qingpu/read-models-bookings/waitlist-queries';
import type { ViewDefinition } from '@qingpu/read-models-kernel/view';
import { ViewReader } from '@qingpu/read-models-kernel/view-reader';
import { PartnerContracts } from '@qingpu/read-models-partner-contracts/queries';
import { partnerContractsView } from '@qingpu/read-models-partner-contracts/view';
import { Payments } from '@qingpu/read-models-payments/queries';
import { Statements } from '@qingpu/read-models-payments/statement-queries';
import { paymentsView } from '@qingpu/read-models-payments/view';
import { SlotPool } from '@qingpu/read-models-slot-pool/queries';
import { slotPoolView } from '@qingpu/read-models-slot-pool/view';
import { DisclosedPeople } from '../operations/disclosed-people.ts';
import { HttpSharedHospitals } from '../operations/shared-hospitals.ts';
import { ContractDesk } from '../partners/contract-desk.ts';
import { RegistrationDesk } from '../payments/registration-desk.ts';
import type { Platform } from '../platform.ts';
import type { People } from '../residents/people.ts';
import { BookingDesk } from './booking-desk.ts';
import { BookingItems } from './booking-items.ts';
import { DirectoryNames } from './directory-names.ts';
import { FiledPolicies } from './filed-policies.ts';
import { onceCovered } from './once-covered.ts';
import { ScheduleCache } from './schedule-cache.ts';
import { DirectoryScheduleReferences } from './schedule-references.ts';
import { SlotHints } from './slot-hints.ts';

/** What the slot pool's controllers, handlers and workers share, made once a process. */
export interface SlotServices {
  readonly pool: SlotPool;
  readonly bookings: Bookings;
  readonly standings: Standings;
  readonly landings: Landings;
  readonly waitlists: Waitlists;
  readonly announcements: Announcements;
  readonly payments: Payments;
  readonly statements: Statements;
  readonly names: DirectoryNames;
  readonly people: People;
  readonly items: BookingItems;
  readonly policies: FiledPolicies;
  readonly references: DirectoryScheduleReferences;
  readonly schedules: ScheduleCache;
  readonly hints: SlotHints;
  readonly hospitals: HttpSharedHospitals;
  readonly desk: BookingDesk;
  readonly contracts: ContractDesk;
  readonly registrations: RegistrationDesk;
}

export function slotServicesOf(platform: Platform): SlotServices {
  const { views, checkpoints, subscription, board, directory, log, people, clock, partners, audit } =
    platform;
  const readerOf = (view: ViewDefinition) =>
    new ViewReader(view, views, checkpoints, () => subscription.headPosition(), { board });
  const now = () => clock.now();
  const bookingsReader = readerOf(bookingsView);
  const contracts = new ContractDesk(new PartnerContracts(readerOf(partnerContractsView)));
  const pool = new SlotPool(readerOf(slotPoolView), () => contracts.withheld());
  const names = new DirectoryNames(directory);
  const policies = new FiledPolicies(directory);
  const paymentsReader = readerOf(paymentsView);
  const payments = new Payments(paymentsReader);
  const schedules = new ScheduleCache({ log, subscription });
  const hints = new SlotHints(pool, now);
  onceCovered(
    () => subscription.headPosition(),
    (head) => pool.covers(head),
    () => hints.cover(),
  );
  return {
    pool,
    bookings: new Bookings(bookingsReader),
    standings: new Standings(bookingsReader),
    landings: new Landings(bookingsReader),
    waitlists: new Waitlists(bookingsReader),
    announcements: new Announcements(readerOf(announcementsView)),
    payments,
    statements: new Statements(paymentsReader),
    names,
    people,
    items: new BookingItems({ pool, names, policies, people, payments, now }),
    policies,
    references: new DirectoryScheduleReferences(log),
    schedules,
    hints,
    hospitals: new HttpSharedHospitals({ partners, people: new DisclosedPeople(people, audit), clock }),
    desk: new BookingDesk(schedules, hints, now),
    contracts,
    registrations: new RegistrationDesk(platform),
  };
}
