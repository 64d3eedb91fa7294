import { describe, expect, it } from 'vitest';
import { type BookingNoticePayload, noticeWords } from './booking-notice.ts';

const names = { institution: '示例医院', department: '精神科', doctor: '张三' };
const ofNotice = {
  deliveryId: 'd',
  institutionCode: 'i',
  scheduleId: 'P1',
  at: '2026-03-01T08:00:00.000+08:00',
};
const visit = { date: '2026-03-16', start: '08:00', end: '08:15', departmentCode: 'K1', doctorCode: 'D1' };
const booked = (changes: Partial<typeof visit | Record<'departmentCode' | 'doctorCode', null>> = {}) =>
  ({
    ...ofNotice,
    occasion: 'booked',
    orderNumber: 'QP1',
    channel: 'districtPortal',
    personId: 'p',
    visit: { ...visit, ...changes },
  }) as BookingNoticePayload;

describe('the words of a notice', () => {
  it('say when and where', () => {
    expect(noticeWords(booked(), names)).toBe(
      '【示例医院】预约成功：2026-03-16 08:00-08:15 精神科 张三。预约单号QP1。请按时就诊，不能就诊请提前退号。',
    );
  });

  it('keep to themselves what the notice keeps to itself, although the names are known', () => {
    const words = noticeWords(booked({ departmentCode: null, doctorCode: null }), names);
    expect(words).toContain('2026-03-16 08:00-08:15。');
    expect(words).not.toContain('精神科');
    expect(words).not.toContain('张三');
  });

  it.each(['cancelled', 'calledOff', 'notConfirmed'] as const)(
    'of an end (%s) never name department or doctor',
    (occasion) => {
      const words = noticeWords({ ...ofNotice, occasion, orderNumber: 'QP1', personId: 'p' }, names);
      expect(words).toContain('QP1');
      expect(words).not.toContain('精神科');
      expect(words).not.toContain('张三');
    },
  );

  it.each([
    ['slotsAdded', '新增2个号源'],
    ['slotsWithdrawn', '撤回2个号源'],
    ['suspended', '停诊'],
    ['suspensionRevoked', '恢复出诊'],
    ['substituted', '由张三替诊'],
  ] as const)('of a schedule (%s) say what became of it', (occasion, expected) => {
    const notice = { ...ofNotice, occasion, slotIds: ['A1', 'A2'], doctorCode: null };
    expect(noticeWords(notice, names)).toContain(expected);
  });
});
