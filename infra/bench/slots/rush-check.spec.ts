import { describe, expect, it } from 'vitest';
import type { RushRequest } from './load-job.ts';
import { checkRush } from './rush-check.ts';
import { intervalKey } from './world.ts';

const seat = {
  institutionCode: 'I',
  departmentCode: 'D',
  scheduleId: 'S',
  date: '2026-11-26',
  start: '08:00',
};
const slots = new Map([[intervalKey(seat), ['N1', 'N2']]]);

function request(batch: number, slotId?: string, bookingId = `of ${batch} ${slotId}`): RushRequest {
  const sent = { plan: { resident: batch, seat }, sentMs: batch, batch };
  return slotId === undefined ? { ...sent, status: 409 } : { ...sent, status: 201, slotId, bookingId };
}

describe('the verdict over a rush', () => {
  it('finds nothing to say where the first two have the two slots', () => {
    const verdict = checkRush([request(1, 'N2'), request(2, 'N1'), request(3)], slots);
    expect(verdict).toEqual({ slots: 2, winners: 2, doubles: 0, unanswered: 0, orderKept: 1 });
  });

  it('takes those of one turn as having come at the same time', () => {
    const verdict = checkRush([request(1, 'N1'), request(2), request(2, 'N2'), request(3)], slots);
    expect(verdict.orderKept).toBe(1);
  });

  it('tells who overtook others', () => {
    const verdict = checkRush([request(1, 'N1'), request(2), request(3, 'N2')], slots);
    expect(verdict.orderKept).toBe(0.5);
  });

  it.each([
    ['a slot that was given away twice', [request(1, 'N1'), request(2, 'N1')]],
    ['one booking for two slots', [request(1, 'N1', 'same'), request(2, 'N2', 'same')]],
    ['a slot that the interval does not have', [request(1, 'N1'), request(2, 'N3')]],
  ])('counts %s', (_what, requests) => {
    expect(checkRush(requests, slots).doubles).toBe(1);
  });

  it('counts who got no answer', () => {
    expect(checkRush([{ ...request(1), status: 0 }], slots)).toMatchObject({ winners: 0, unanswered: 1 });
  });
});
