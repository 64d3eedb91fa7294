import { orderNumberOf } from '@qingpu/contracts/codes/order-number';
import type { Book, BookingResult } from '@qingpu/contracts/http/slots';
import { bookingGuidance } from '@qingpu/contracts/rules/booking-guidance';
import type { CommandEnvelope } from '@qingpu/domains-kernel/command-handling';
import { HttpProblem } from '@qingpu/server/http/http-problem';
import type pg from 'pg';

/** Who is told of each booking: the hospital, and the channel through which it was made. */
const MESSAGES = ['booking-order', 'booking-notice'] as const;

interface Person {
  readonly suspended: boolean;
  readonly blocked: boolean;
}
interface Schedule {
  readonly department_code: string;
  readonly doctor_code: string | null;
  readonly visit_date: string;
  readonly open: boolean;
  readonly suspended: boolean;
}
type Active = Pick<Schedule, 'department_code' | 'doctor_code'> & { readonly institution_code: string };
interface Earlier {
  readonly body_hmac: string;
  readonly answer: BookingResult | null;
}

/** Statements are prepared once a connection, under their names. */
const NOTE = named(
  'note',
  'INSERT INTO idempotency (command_id, body_hmac) VALUES ($1, $2) ON CONFLICT DO NOTHING',
);
const EARLIER = named('earlier', 'SELECT body_hmac, answer FROM idempotency WHERE command_id = $1');
const LOCK_PERSON = named(
  'lock-person',
  `SELECT coalesce(suspended_until > current_date, false) AS suspended, blocked
   FROM persons JOIN account_persons USING (person_id)
   WHERE account_id = $1 AND person_id = $2 FOR UPDATE OF persons`,
);
const SCHEDULE = named(
  'schedule',
  `SELECT department_code, doctor_code, visit_date, opens_at <= now() AS open, suspended
   FROM schedules WHERE institution_code = $1 AND schedule_id = $2`,
);
const ACTIVE = named(
  'active',
  `SELECT institution_code, department_code, doctor_code FROM bookings
   WHERE person_id = $1 AND visit_date = $2 AND state = 'booked'`,
);
const TAKE_SLOT = named(
  'take-slot',
  `SELECT slot_id, revision FROM slots
   WHERE institution_code = $1 AND schedule_id = $2 AND start_time = $3 AND state = 'free'
   ORDER BY slot_id LIMIT 1 FOR UPDATE SKIP LOCKED`,
);
const BOOK = named(
  'book',
  `WITH taken AS (
     UPDATE slots SET state = 'booked', booking_id = $1, revision = revision + 1
     WHERE institution_code = $5 AND schedule_id = $6 AND slot_id = $7
   ), booked AS (
     INSERT INTO bookings (booking_id, order_number, person_id, account_id, institution_code, schedule_id, slot_id,
       department_code, doctor_code, visit_date, channel, policy_version)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'districtPortal', $11)
   ), told AS (
     INSERT INTO outbox (kind, recipient, payload) SELECT kind, $5, $12::jsonb FROM unnest($13::text[]) AS kind
   )
   INSERT INTO trace (institution_code, schedule_id, slot_id, event, actor, details)
   VALUES ($5, $6, $7, 'SlotBooked', $4, $12::jsonb) RETURNING position`,
);
const ANSWER = named('answer', 'UPDATE idempotency SET answer = $2 WHERE command_id = $1');

/**
 * Books a slot in one transaction: the key is noted, the person locked, the limits of the rules counted, a free slot
 * of the interval locked and taken, and booking, trace, messages and answer written.
 * @throws HttpProblem when a rule stands against it or no slot is left; nothing stays then
 */
export async function bookInTransaction(
  pool: pg.Pool,
  book: Book,
  envelope: CommandEnvelope,
): Promise<BookingResult> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    const result = await bookWith(client, book, envelope);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  } finally {
    client.release();
  }
}

async function bookWith(
  client: pg.PoolClient,
  book: Book,
  envelope: CommandEnvelope,
): Promise<BookingResult> {
  const { commandId, bodyHmac, actor } = envelope;
  const noted = await client.query(NOTE([commandId, bodyHmac]));
  if (noted.rowCount === 0) return earlierAnswer(client, envelope);
  const { institutionCode, scheduleId, start, personId } = book;
  const [person] = (await client.query<Person>(LOCK_PERSON([actor.id, personId]))).rows;
  if (!person) throw new HttpProblem(403, 'foreign-person', '只能为本人或家庭成员预约，请先在就诊人中添加');
  const [schedule] = (await client.query<Schedule>(SCHEDULE([institutionCode, scheduleId]))).rows;
  if (!schedule) throw new HttpProblem(404, 'schedule-unknown', '没有找到这个排班，请返回重新选择');
  checkPerson(person);
  checkSchedule(schedule);
  const active = (await client.query<Active>(ACTIVE([personId, schedule.visit_date]))).rows;
  checkLimits(active, { ...schedule, institution_code: institutionCode });
  const [slot] = (await client.query<{ slot_id: string }>(TAKE_SLOT([institutionCode, scheduleId, start])))
    .rows;
  if (!slot) throw new HttpProblem(409, 'sold-out', '该时段已约满，请选择其他时段');
  const { slot_id: slotId } = slot;
  const orderNumber = orderNumberOf(commandId);
  const details = { bookingId: commandId, orderNumber, personId, cardId: book.cardId, slotId, start };
  const { department_code, doctor_code, visit_date } = schedule;
  const policyVersion = `booking-guidance@${bookingGuidance.version}`;
  const booked = await client.query<{ position: string }>(
    BOOK([
      commandId,
      orderNumber,
      personId,
      actor.id,
      institutionCode,
      scheduleId,
      slotId,
      department_code,
      doctor_code,
      visit_date,
      policyVersion,
      JSON.stringify(details),
      [...MESSAGES],
    ]),
  );
  const position = booked.rows[0]?.position ?? '0';
  const result: BookingResult = { bookingId: commandId, orderNumber, state: 'booked', slotId, position };
  await client.query(ANSWER([commandId, JSON.stringify(result)]));
  return result;
}

async function earlierAnswer(
  client: pg.PoolClient,
  { commandId, bodyHmac }: CommandEnvelope,
): Promise<BookingResult> {
  const [earlier] = (await client.query<Earlier>(EARLIER([commandId]))).rows;
  if (earlier?.body_hmac === bodyHmac && earlier.answer) return earlier.answer;
  throw new HttpProblem(409, 'idempotency-key-reused', '该幂等键已用于另一个请求，请换一个新的幂等键后重试');
}

function checkPerson({ suspended, blocked }: Person): void {
  if (blocked) throw new HttpProblem(403, 'person-blocked', '您已被暂停预约，如有异议请申诉');
  if (suspended) throw new HttpProblem(403, 'rights-suspended', '您的预约权限已暂停，请到期后再预约');
}

function checkSchedule({ open, suspended }: Schedule): void {
  if (suspended) throw new HttpProblem(409, 'schedule-suspended', '该排班已停诊，请选择其他排班');
  if (!open) throw new HttpProblem(409, 'schedule-not-open', '该排班尚未放号，请稍后再试');
}

function checkLimits(active: readonly Active[], wanted: Active): void {
  const { perDepartmentDay, perDoctorDay, departmentsPerDay } = bookingGuidance.defaults;
  const departmentOf = ({ institution_code, department_code }: Active) =>
    `${institution_code} ${department_code}`;
  const doctorOf = ({ institution_code, doctor_code }: Active) =>
    doctor_code && `${institution_code} ${doctor_code}`;
  const same = (of: (booking: Active) => string | null) =>
    active.filter((each) => of(each) !== null && of(each) === of(wanted)).length;
  const departments = new Set([...active, wanted].map(departmentOf)).size;
  if (
    same(departmentOf) >= perDepartmentDay ||
    same(doctorOf) >= perDoctorDay ||
    departments > departmentsPerDay
  )
    throw new HttpProblem(409, 'booking-limit', '已达到当天可预约的上限，请选择其他日期');
}

function named(name: string, text: string) {
  return (values: unknown[]) => ({ name, text, values });
}
