import {
  type BookingNoticePayload,
  SERVICE_CHANNELS,
} from '@qingpu/contracts/partners/channel/booking-notice';
import { systemClock } from '@qingpu/domains-kernel/clock';
import { type ChannelSimulator, startChannelSimulator } from '@qingpu/simulators/channel-simulator';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openPeople } from '../testing/open-people.ts';
import { deliverToChannels } from './channel-gateway.ts';

const secret = 'a secret of thirty-two characters';
const personId = '00000000-0000-4000-8000-000000000001';
const person = {
  name: '王小明',
  identityKind: '01',
  identityNumber: '310000198001015015',
  sex: '1',
  birthDate: '1980-01-01',
  mobile: '19900000000',
} as const;
const names = {
  institution: async () => '示例医院',
  departments: async () => new Map([['K03', '内科']]),
  doctor: async () => '张三',
};
const of = { deliveryId: 'd1', institutionCode: 'I1', scheduleId: 'S1', at: '2026-03-01T08:00:00.000+08:00' };
const visit = { date: '2026-03-16', start: '08:00', end: '08:15', departmentCode: 'K03', doctorCode: 'D001' };
const told = { ...of, occasion: 'booked', orderNumber: 'QP1', channel: 'districtPortal', visit } as const;
const booked: BookingNoticePayload = { ...told, personId };

let channels: ChannelSimulator;
beforeEach(async () => {
  channels = await startChannelSimulator({ secret });
});
afterEach(() => channels.close());

function deliver(payload: BookingNoticePayload, people = openPeople({ [personId]: person })) {
  const address = { url: channels.url, secret };
  const delivery = {
    deliveryId: 'd1',
    kind: 'booking-notice',
    recipient: SERVICE_CHANNELS,
    payload,
    attempt: 1,
  };
  const parts = { channels: address, people, names, clock: systemClock };
  return deliverToChannels(parts, delivery, new AbortController().signal);
}
const arrived = () => channels.notices().map(({ content }) => content);

describe('a notice to the service channels', () => {
  it('says where and when, and to whom by a masked name', async () => {
    const traced: string[] = [];
    await deliver(booked, openPeople({ [personId]: person }, {}, traced));
    expect(arrived()).toEqual([
      {
        ...told,
        person: { maskedName: '王**', mobile: '19900000000' },
        words:
          '【示例医院】预约成功：2026-03-16 08:00-08:15 内科 张三。预约单号QP1。请按时就诊，不能就诊请提前退号。',
      },
    ]);
    expect(traced).toEqual([`DELIVER booking-notice ${SERVICE_CHANNELS} ${personId}`]);
  });

  it('of a schedule names nobody and opens nobody', async () => {
    const traced: string[] = [];
    const notice: BookingNoticePayload = { ...of, occasion: 'substituted', slotIds: [], doctorCode: 'D2' };
    await deliver(notice, openPeople({}, {}, traced));
    expect(arrived()).toMatchObject([{ words: '【示例医院】排班S1由张三替诊，预约继续有效。' }]);
    expect(traced).toEqual([]);
  });

  it('about a visit that tells what somebody suffers from names neither department nor doctor', async () => {
    await deliver({
      ...booked,
      visit: { ...visit, departmentCode: null, doctorCode: null },
    } as BookingNoticePayload);
    expect(JSON.stringify(arrived())).not.toMatch(/内科|张三/);
  });

  it('about somebody who was erased is not sent, now or later', async () => {
    await expect(deliver(booked, openPeople({}))).rejects.toMatchObject({
      fault: 'person-erased',
      final: true,
    });
    expect(arrived()).toEqual([]);
  });

  it('fails while no gateway is connected', async () => {
    const parts = { channels: undefined, people: openPeople({}), names, clock: systemClock };
    const delivery = { deliveryId: 'd1', kind: 'booking-notice', recipient: '', payload: booked, attempt: 1 };
    await expect(deliverToChannels(parts, delivery, new AbortController().signal)).rejects.toMatchObject({
      fault: 'no-callback',
      final: false,
    });
  });
});
