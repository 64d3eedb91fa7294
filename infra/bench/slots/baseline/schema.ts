/**
 * The tables that a team would write for a booking service of its own: the state of every slot in a row, what happened
 * in a trace beside it, messages to others in an outbox, and the answers that requests got under their keys.
 */
export const SCHEMA = `
CREATE TABLE sessions (
  key text PRIMARY KEY,
  account jsonb NOT NULL,
  expires_at bigint NOT NULL
);
CREATE TABLE persons (
  person_id uuid PRIMARY KEY,
  suspended_until date,
  blocked boolean NOT NULL DEFAULT false
);
CREATE TABLE account_persons (
  account_id text NOT NULL,
  person_id uuid NOT NULL REFERENCES persons,
  PRIMARY KEY (account_id, person_id)
);
CREATE TABLE schedules (
  institution_code text NOT NULL,
  schedule_id text NOT NULL,
  department_code text NOT NULL,
  doctor_code text,
  visit_date text NOT NULL,
  opens_at timestamptz NOT NULL,
  suspended boolean NOT NULL DEFAULT false,
  PRIMARY KEY (institution_code, schedule_id)
);
CREATE TABLE slots (
  institution_code text NOT NULL,
  schedule_id text NOT NULL,
  slot_id text NOT NULL,
  start_time text NOT NULL,
  end_time text NOT NULL,
  tier text NOT NULL,
  state text NOT NULL DEFAULT 'free',
  booking_id uuid,
  revision integer NOT NULL DEFAULT 0,
  PRIMARY KEY (institution_code, schedule_id, slot_id),
  FOREIGN KEY (institution_code, schedule_id) REFERENCES schedules
);
CREATE INDEX slots_free ON slots (institution_code, schedule_id, start_time) WHERE state = 'free';
CREATE TABLE bookings (
  booking_id uuid PRIMARY KEY,
  order_number text NOT NULL UNIQUE,
  person_id uuid NOT NULL REFERENCES persons,
  account_id text NOT NULL,
  institution_code text NOT NULL,
  schedule_id text NOT NULL,
  slot_id text NOT NULL,
  department_code text NOT NULL,
  doctor_code text,
  visit_date text NOT NULL,
  channel text NOT NULL,
  policy_version text NOT NULL,
  state text NOT NULL DEFAULT 'booked',
  booked_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX bookings_of_person ON bookings (person_id, visit_date) WHERE state = 'booked';
CREATE UNIQUE INDEX bookings_of_slot ON bookings (institution_code, schedule_id, slot_id) WHERE state = 'booked';
CREATE TABLE trace (
  position bigserial PRIMARY KEY,
  institution_code text NOT NULL,
  schedule_id text NOT NULL,
  slot_id text NOT NULL,
  event text NOT NULL,
  actor text NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  details jsonb NOT NULL
);
CREATE INDEX trace_of_slot ON trace (institution_code, schedule_id, slot_id);
CREATE TABLE outbox (
  id bigserial PRIMARY KEY,
  kind text NOT NULL,
  recipient text NOT NULL,
  payload jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  delivered_at timestamptz
);
CREATE INDEX outbox_due ON outbox (id) WHERE delivered_at IS NULL;
CREATE TABLE idempotency (
  command_id uuid PRIMARY KEY,
  body_hmac text NOT NULL,
  answer jsonb
);
`;
