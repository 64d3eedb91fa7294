import { randomUUID } from 'node:crypto';
import { personResultSchema } from '@qingpu/contracts/http/residents';
import { type BookingResult, bookingResultSchema } from '@qingpu/contracts/http/slots';
import type { ScheduleRegistration } from '@qingpu/contracts/partners/hospital/slots';
import { plusDays } from '@qingpu/contracts/slots/shanghai-calendar';
import { sampleInterval } from '@qingpu/contracts/testing/sample-slots';
import type { SyntheticResident } from '@qingpu/data/residents';
import { shanghaiDate } from '@qingpu/domains-kernel/clock';
import { type Answer, DeskClient, type PartnerClient } from './api-client.ts';
import { SAMPLE_CODES } from './sample-hospital.ts';
import { typedIn } from './synthetic-people.ts';

/** Some days from today in Shanghai, YYYY-MM-DD. */
export function inDays(days: number): string {
  return plusDays(shanghaiDate(new Date()), days);
}

/** A morning of the sample hospital's doctor, three days ahead unless told: as many public slots at 08:00 as wanted, and one more at 08:15. */
export function sampleSchedule(
  institutionCode: string,
  scheduleId: string,
  { slots = 3, ...details }: Partial<ScheduleRegistration['details']> & { readonly slots?: number } = {},
): ScheduleRegistration {
  const first = sampleInterval('08:00', '08:15', Array(slots).fill('public'), 1);
  const second = sampleInterval('08:15', '08:30', ['public'], slots + 1);
  return {
    institutionCode,
    scheduleId,
    details: {
      departmentCode: SAMPLE_CODES.department,
      clinicCode: null,
      doctorCode: SAMPLE_CODES.doctor,
      kind: 'expert',
      date: inDays(3),
      session: 'morning',
      feeFen: 2500,
      location: '门诊楼2楼',
      intervals: [first, second],
      ...details,
    },
  };
}

/** @throws Error with the answer when the schedule is refused */
export async function registerSchedule(
  hospital: PartnerClient,
  schedule: ScheduleRegistration,
): Promise<ScheduleRegistration> {
  expectStatus(await hospital.post('/api/partner/v1/schedules', schedule), 201);
  return schedule;
}

/** Somebody at the portal who has registered by real name. */
export class BookingResident {
  private constructor(
    readonly client: DeskClient,
    readonly personId: string,
  ) {}

  static async register(url: string, account: string, person: SyntheticResident): Promise<BookingResident> {
    const client = await DeskClient.signIn(url, account);
    const answer = await post(client, '/api/residents/registration', { person: typedIn(person) });
    return new BookingResident(client, personResultSchema.parse(expectStatus(answer, 201).body).personId);
  }

  post(target: string, body: unknown, idempotencyKey?: string): Promise<Answer> {
    return post(this.client, target, body, idempotencyKey);
  }

  /** Books the interval of that schedule that begins at `start`. */
  async book(
    { institutionCode, scheduleId }: ScheduleRegistration,
    { start = '08:00', ...changes }: { readonly start?: string; readonly cardId?: string } = {},
  ): Promise<BookingResult> {
    const wish = { institutionCode, scheduleId, start, personId: this.personId, ...changes };
    return bookingResultSchema.parse(expectStatus(await this.post('/api/slots/bookings', wish), 201).body);
  }

  /** Gives a booking up, once the list of bookings has it. */
  async cancel({ bookingId, position }: BookingResult): Promise<void> {
    expectStatus(await this.client.get(`/api/slots/bookings/${bookingId}?after=${position}`), 200);
    expectStatus(await this.post(`/api/slots/bookings/${bookingId}/cancellation`, {}), 200);
  }
}

function post(
  client: DeskClient,
  target: string,
  body: unknown,
  idempotencyKey: string = randomUUID(),
): Promise<Answer> {
  return client.send('POST', target, body, { 'idempotency-key': idempotencyKey });
}

function expectStatus(answer: Answer, status: number): Answer {
  if (answer.status !== status) throw new Error(`${answer.status} instead of ${status}: ${answer.text}`);
  return answer;
}
