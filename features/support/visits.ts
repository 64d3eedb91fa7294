import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type MyPersons, myPersonsSchema, personResultSchema } from '@qingpu/contracts/http/residents';
import {
  type BookingDetail,
  bookingDetailSchema,
  bookingResultSchema,
  type Intervals,
  intervalsSchema,
  type Standing,
  standingSchema,
} from '@qingpu/contracts/http/slots';
import type { ScheduleRegistration } from '@qingpu/contracts/partners/hospital/slots';
import { residentFamilies, type SyntheticResident } from '@qingpu/data/residents';
import { type Answer, type ApiUser, bodyOf } from './api-user.ts';
import type { Installation } from './installation.ts';

type MyPerson = MyPersons['items'][number];

/** What came of asking for a slot. */
export interface Attempt {
  /** Who asked: an account, and for whom. */
  readonly account: string;
  readonly personId: string;
  readonly schedule: ScheduleRegistration;
  readonly start: string;
  readonly key: string;
  readonly answer: Answer;
}

/** A booking that came through. */
export interface Made extends Attempt {
  readonly bookingId: string;
  readonly orderNumber: string;
  readonly slotId: string;
}

export interface Wish {
  readonly schedule: ScheduleRegistration;
  readonly start: string;
  readonly personId: string;
  readonly cardId?: string | null;
  readonly replaces?: string | null;
  readonly key?: string;
}

const PORTAL = '/api/slots/bookings';
const DESK = '/api/slots/desk';

/** What one scenario knows of schedules, of who booked, and of how far the log was when it wrote last. */
export class Visits {
  readonly #installation: () => Installation;
  readonly #schedules = new Map<string, ScheduleRegistration>();
  readonly #made: Made[] = [];
  #attempt: Attempt | undefined;
  #position = 0n;

  constructor(installation: () => Installation) {
    this.#installation = installation;
  }

  /** For queries that must include everything that was written here. */
  get position(): string | undefined {
    return this.#position === 0n ? undefined : String(this.#position);
  }

  /** Answers of writes say how far the log is. */
  note(answer: Answer): Answer {
    const { body } = answer;
    if (typeof body === 'object' && body !== null && 'position' in body && typeof body.position === 'string')
      this.reached(body.position);
    return answer;
  }

  reached(position: string): void {
    if (BigInt(position) > this.#position) this.#position = BigInt(position);
  }

  keep(schedule: ScheduleRegistration): void {
    this.#schedules.set(schedule.scheduleId, schedule);
  }

  /** Under another name than its id. */
  keepAs(name: string, schedule: ScheduleRegistration): void {
    this.#schedules.set(name, schedule);
  }

  schedule(scheduleId: string): ScheduleRegistration {
    const found = this.#schedules.get(scheduleId);
    assert.ok(found, `场景中没有排班“${scheduleId}”`);
    return found;
  }

  /** The last attempt to book, whatever came of it. */
  get attempt(): Attempt {
    assert.ok(this.#attempt, '场景中还没有人预约');
    return this.#attempt;
  }

  /** The last booking that came through, or waits for the hospital's answer. */
  get booking(): Made {
    const last = this.#made.at(-1);
    assert.ok(last, '场景中还没有预约成功');
    return last;
  }

  get bookings(): readonly Made[] {
    return this.#made;
  }

  bookingOf(scheduleId: string): Made {
    const found = this.#made.findLast(({ schedule }) => schedule.scheduleId === scheduleId);
    assert.ok(found, `排班“${scheduleId}”没有预约成功`);
    return found;
  }

  bookingAt(scheduleId: string, start: string): Made {
    const found = this.#made.findLast(
      (made) => made.schedule.scheduleId === scheduleId && made.start === start,
    );
    assert.ok(found, `排班“${scheduleId}”的 ${start} 没有预约成功`);
    return found;
  }

  user(account: string): Promise<ApiUser> {
    return this.#installation().user(account);
  }

  /** The account's persons; whoever has not registered is registered as the national register knows them. */
  async persons(account: string): Promise<readonly MyPerson[]> {
    const user = await this.user(account);
    const mine = myPersonsSchema.parse(bodyOf(await user.get('/api/residents/me', { after: this.position })));
    if (mine.registered) return mine.items;
    const holder = holderOf(account);
    await this.#register(user, '/api/residents/registration', { person: identityOf(holder) });
    return this.persons(account);
  }

  /** @param relation 本人, 子女, 配偶 or 父母 */
  async person(account: string, relation: string): Promise<MyPerson> {
    const persons = await this.persons(account);
    const found = persons.find(({ relationName }) => relationName === relation);
    assert.ok(found, `${account} 没有添加${relation}`);
    return found;
  }

  async #register(user: ApiUser, path: string, body: object): Promise<void> {
    this.note({ status: 201, body: bodyOf(await user.write('POST', path, body)) });
  }

  /** Registers at the desk somebody who calls or came, and answers the person's id. */
  async caller(staff = 'coordinator', resident: SyntheticResident = this.#installation().nextCaller()) {
    const user = await this.user(staff);
    const answer = await user.write('POST', '/api/residents/desk/callers', { person: identityOf(resident) });
    const { personId } = personResultSchema.parse(bodyOf(this.note(answer)));
    return { personId, resident };
  }

  /** Books at the portal as a resident does. */
  async book(account: string, wish: Wish): Promise<Attempt> {
    return this.#booked(account, PORTAL, bodyOfWish(wish), wish);
  }

  /** Books for others as the desk does. */
  async bookAtDesk(staff: string, wish: Wish, more: object): Promise<Attempt> {
    return this.#booked(staff, `${DESK}/bookings`, { ...bodyOfWish(wish), ...more }, wish);
  }

  async #booked(account: string, path: string, body: object, wish: Wish): Promise<Attempt> {
    const { schedule, start, personId, key = randomUUID() } = wish;
    const user = await this.user(account);
    const answer = this.note(await user.write('POST', path, body, { 'idempotency-key': key }));
    const attempt = { account, personId, schedule, start, key, answer };
    this.#attempt = attempt;
    if (answer.status === 201 || answer.status === 202)
      this.#made.push({ ...attempt, ...bookingResultSchema.parse(answer.body) });
    return attempt;
  }

  /** An act of the booking's owner, or of the desk for them. */
  async act(account: string, made: Made, act: string, body: object = {}): Promise<Answer> {
    const { bookingId } = made;
    // As people do, who see a booking before they act on it: the view has it by then.
    await this.detail({ ...made, account });
    const user = await this.user(account);
    return this.note(await user.write('POST', `${rootFor(account)}/${bookingId}/${act}`, body));
  }

  /** Cancels every booking that was made here, as far as it can be. */
  async giveBack(): Promise<void> {
    for (const { account, bookingId } of this.#made) {
      const user = await this.user(account);
      await user.write('POST', `${rootFor(account)}/${bookingId}/cancellation`, {});
    }
  }

  async detail({ account, bookingId }: Made, after = this.position): Promise<BookingDetail> {
    const user = await this.user(account);
    return bookingDetailSchema.parse(bodyOf(await user.get(`${rootFor(account)}/${bookingId}`, { after })));
  }

  async intervals(
    { institutionCode, scheduleId }: ScheduleRegistration,
    account = 'visitor',
  ): Promise<Intervals> {
    const user = await this.user(account);
    const path = `/api/slots/schedules/${institutionCode}/${scheduleId}/intervals`;
    return intervalsSchema.parse(bodyOf(await user.get(path, { after: this.position })));
  }

  async standing(account: string, personId: string): Promise<Standing> {
    const user = await this.user(account);
    const answer = await user.get(`/api/slots/standing/${personId}`, { after: this.position });
    return standingSchema.parse(bodyOf(answer));
  }
}

/** Where an account finds bookings: its own, or those of the desk. */
function rootFor(account: string): string {
  return /^(resident|newcomer)/.test(account) ? PORTAL : `${DESK}/bookings`;
}

function bodyOfWish({ schedule, start, personId, cardId = null, replaces = null }: Wish) {
  const { institutionCode, scheduleId } = schedule;
  return { institutionCode, scheduleId, start, personId, cardId, replaces };
}

/** As people type themselves in. */
export function identityOf({ name, identityKind, identityNumber, mobile }: SyntheticResident) {
  return { name, identityKind, identityNumber, mobile };
}

/** Who stands behind a resident's account. */
export function holderOf(account: string): SyntheticResident {
  return familyOf(account).holder;
}

export function familyOf(account: string) {
  const { registered, newcomers } = residentFamilies();
  const newcomer = /^newcomer-(\d)$/.exec(account)?.[1];
  const number = Number(/^resident(?:-(\d))?$/.exec(account)?.[1] ?? 1);
  const family = newcomer === undefined ? registered[number - 1] : newcomers[Number(newcomer) - 1];
  assert.ok(family, `没有账号“${account}”`);
  return family;
}
