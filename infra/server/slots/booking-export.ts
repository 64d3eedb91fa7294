import { CHANNEL_KINDS } from '@qingpu/contracts/codes/directory-tables';
import { OUTCOMES, SCHEDULE_KINDS, SESSIONS } from '@qingpu/contracts/codes/slot-tables';
import { BOOKING_STATES, type BookingItem } from '@qingpu/contracts/http/slots';
import { csvOf } from '@qingpu/documents/csv';
import type { BookingLine } from '@qingpu/read-models-bookings/lines';
import type { BookingItems } from './booking-items.ts';

const HEAD = [
  '预约单号',
  '就诊人',
  '医院',
  '科室',
  '医生',
  '门诊',
  '门诊类型',
  '就诊日期',
  '午别',
  '时段',
  '渠道',
  '状态',
  '预约时间',
];

/** Bookings as a CSV sheet that Excel opens as it is; names are masked as on the screen. */
export async function bookingsAsCsv(
  chunks: AsyncIterable<readonly BookingLine[]>,
  items: Pick<BookingItems, 'all'>,
): Promise<string> {
  const rows: string[][] = [HEAD];
  for await (const lines of chunks) rows.push(...(await items.all(lines)).map(rowOf));
  return csvOf(rows);
}

function rowOf(item: BookingItem): string[] {
  return [
    item.orderNumber,
    item.personName,
    item.institutionName,
    item.departmentName,
    item.doctorName ?? '',
    item.clinicName ?? '',
    SCHEDULE_KINDS[item.kind],
    item.date,
    SESSIONS[item.session],
    `${item.start}-${item.end}`,
    CHANNEL_KINDS[item.channel],
    item.outcome === null ? BOOKING_STATES[item.state] : OUTCOMES[item.outcome],
    item.bookedAt,
  ];
}
