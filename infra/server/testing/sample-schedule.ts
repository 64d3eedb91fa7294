import { randomUUID } from 'node:crypto';
import { shanghaiDate } from '@qingpu/domains-kernel/clock';
import type { PartnerClient } from './api-client.ts';
import { SAMPLE_CODES } from './sample-hospital.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/** When the only interval of a sample schedule begins. */
export const SAMPLE_START = '09:00';

export interface SampleSchedule {
  readonly institutionCode: string;
  readonly scheduleId: string;
  /** Three days ahead, when everything is released. */
  readonly date: string;
}

/** Registers a schedule of the sample doctor with one interval of so many slots for the public. */
export async function registerSchedule(hospital: PartnerClient, slots: number): Promise<SampleSchedule> {
  const { institutionCode } = hospital.partner;
  const scheduleId = `S-${randomUUID().slice(0, 8)}`;
  const date = shanghaiDate(new Date(Date.now() + 3 * DAY_MS));
  const details = {
    departmentCode: SAMPLE_CODES.department,
    clinicCode: null,
    doctorCode: SAMPLE_CODES.doctor,
    kind: 'expert',
    date,
    session: 'morning',
    feeFen: 2500,
    location: '门诊楼2层',
    intervals: [
      {
        start: SAMPLE_START,
        end: '09:15',
        slots: Array.from({ length: slots }, (_, index) => ({ slotId: `S${index + 1}`, tier: 'public' })),
      },
    ],
  };
  const answer = await hospital.post('/api/partner/v1/schedules', { institutionCode, scheduleId, details });
  if (answer.status !== 201) throw new Error(`the schedule was not registered: ${answer.text}`);
  return { institutionCode, scheduleId, date };
}

/** The body of a booking in a sample schedule. */
export function bookingBody({ institutionCode, scheduleId }: SampleSchedule, personId: string) {
  return { institutionCode, scheduleId, start: SAMPLE_START, personId, cardId: null, replaces: null };
}
