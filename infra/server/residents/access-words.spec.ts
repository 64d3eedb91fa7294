import { describe, expect, it } from 'vitest';
import { accessWords } from './access-words.ts';

describe('what somebody did to a record', () => {
  it.each([
    ['GET /api/slots/desk/payments/:payment', '查看缴费记录'],
    ['GET /api/residents/desk/persons/:person', '查看个人信息'],
    ['POST /api/residents/desk/persons/:person/disclosure', '查看完整的个人信息'],
    ['POST /api/partner/v1/pool/bookings', '预约平台办理预约'],
    ['DELIVER booking-order 310118', '预约单送到医院'],
    ['GET /api/something/new', '查看相关记录'],
  ])('%s is %s', (action, words) => {
    expect(accessWords(action)).toBe(words);
  });
});
