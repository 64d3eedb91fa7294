import { maskName } from '@qingpu/contracts/codes/masking';
import {
  type BookingNotice,
  type BookingNoticePayload,
  bookingNoticePayloadSchema,
  type NoticeNames,
  noticeWords,
  SERVICE_CHANNELS,
} from '@qingpu/contracts/partners/channel/booking-notice';
import type { Clock } from '@qingpu/domains-kernel/clock';
import { DeliveryFault, type DueDelivery } from '@qingpu/runtime/delivery-worker';
import type { DirectoryNames } from '../slots/directory-names.ts';
import type { DisclosedPeople } from './disclosed-people.ts';
import { deliverSigned } from './signed-delivery.ts';

/** Where the service channels' gateway is, and what requests to it are signed with. */
export interface ChannelsAddress {
  readonly url: string;
  readonly secret: string;
}

export interface ChannelGatewayParts {
  /** Undefined while no gateway is connected. */
  readonly channels: ChannelsAddress | undefined;
  readonly people: DisclosedPeople;
  readonly names: Pick<DirectoryNames, 'institution' | 'departments' | 'doctor'>;
  readonly clock: Clock;
}

const PATH = '/qingpu/v1/booking-notices';

/** Hands a notice to the service channels' gateway over signed HTTP. @throws DeliveryFault with a stable code */
export async function deliverToChannels(
  { channels, people, names, clock }: ChannelGatewayParts,
  { deliveryId, payload }: DueDelivery,
  signal: AbortSignal,
): Promise<void> {
  if (!channels) throw new DeliveryFault('no-callback');
  const notice = bookingNoticePayloadSchema.parse(payload);
  const content = await bookingNoticeOf(people, notice, noticeWords(notice, await namesOf(names, notice)));
  const receiver = { url: new URL(PATH, channels.url), partnerId: SERVICE_CHANNELS, secret: channels.secret };
  await deliverSigned(receiver, deliveryId, content, { now: clock.now(), signal });
}

/** The channels learn where a message goes and a masked name; of a schedule they learn nobody. */
async function bookingNoticeOf(
  people: DisclosedPeople,
  notice: BookingNoticePayload,
  words: string,
): Promise<BookingNotice> {
  if (!('personId' in notice)) return { ...notice, words };
  const { personId, ...rest } = notice;
  const disclosure = {
    deliveryId: notice.deliveryId,
    kind: 'booking-notice',
    recipient: SERVICE_CHANNELS,
  };
  const { name, mobile } = await people.person(personId, disclosure);
  return { ...rest, person: { maskedName: maskName(name), mobile }, words };
}

async function namesOf(
  names: ChannelGatewayParts['names'],
  notice: BookingNoticePayload,
): Promise<NoticeNames> {
  const { institutionCode } = notice;
  const departmentCode = 'visit' in notice ? notice.visit.departmentCode : null;
  const doctorCode = doctorOf(notice);
  const [institution, departments, doctor] = await Promise.all([
    names.institution(institutionCode),
    names.departments(institutionCode, departmentCode === null ? [] : [departmentCode]),
    doctorCode === null ? null : names.doctor(institutionCode, doctorCode),
  ]);
  const department = departmentCode === null ? null : (departments.get(departmentCode) ?? null);
  return { institution, department, doctor };
}

function doctorOf(notice: BookingNoticePayload): string | null {
  if ('visit' in notice) return notice.visit.doctorCode;
  return 'doctorCode' in notice ? notice.doctorCode : null;
}
