import { randomUUID } from 'node:crypto';
import type { BookingNotice } from '@qingpu/contracts/partners/channel/booking-notice';
import type { BookingOrder } from '@qingpu/contracts/partners/hospital/booking-order';

type Booked = Extract<BookingOrder, { state: 'booked' }>;
type Cancelled = Extract<BookingOrder, { state: 'cancelled' }>;

const of = (institutionCode: string) => ({
  deliveryId: randomUUID(),
  institutionCode,
  orderNumber: 'QP0123456789ABCDEF',
  scheduleId: 'P20261201A',
  slotId: 'P20261201A-01',
});

/** A booking as the platform tells a hospital of it; nobody real. */
export function bookedOrder(institutionCode: string, changes: Partial<Booked> = {}): Booked {
  return {
    ...of(institutionCode),
    revision: 0,
    at: '2026-11-24T08:00:00.000+08:00',
    state: 'booked',
    hospitalOrderNumber: null,
    departmentCode: 'K03',
    clinicCode: null,
    doctorCode: 'D001',
    kind: 'expert',
    date: '2026-12-01',
    session: 'morning',
    start: '08:00',
    end: '08:15',
    feeFen: 2500,
    tier: 'public',
    channel: 'districtPortal',
    replaces: null,
    person: { name: '王小明', identityKind: '01', identityNumber: '310000198001015015', mobile: null },
    card: null,
    ...changes,
  };
}

export function cancelledOrder(institutionCode: string, changes: Partial<Cancelled> = {}): Cancelled {
  return {
    ...of(institutionCode),
    revision: 1,
    at: '2026-11-24T09:00:00.000+08:00',
    state: 'cancelled',
    outcome: 'cancelledByPatient',
    ...changes,
  };
}

/** A notice of a cancellation as the platform hands it to the service channels. */
export function cancellationNotice(
  deliveryId: string = randomUUID(),
): Extract<BookingNotice, { occasion: 'cancelled' | 'calledOff' | 'notConfirmed' }> {
  return {
    deliveryId,
    institutionCode: 'DUMMY001831011811A1001',
    scheduleId: 'P20261201A',
    at: '2026-11-24T09:00:00.000+08:00',
    occasion: 'cancelled',
    orderNumber: 'QP0123456789ABCDEF',
    person: { maskedName: '王**', mobile: '19900000000' },
    words: '【示例医院】预约单QP0123456789ABCDEF已退号。如仍需就诊，请重新预约。',
  };
}
