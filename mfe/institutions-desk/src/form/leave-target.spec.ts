import { describe, expect, it } from 'vitest';
import { historyTarget, type RoutingDetail } from './leave-target.ts';

const EDIT = 'https://qp.example/desk/directory/doctors/A/D1/edit';
const LIST = 'https://qp.example/desk/directory/doctors?page=2';
const going = (detail: Partial<RoutingDetail>): RoutingDetail => ({
  oldUrl: EDIT,
  newUrl: LIST,
  originalEvent: new Event('popstate'),
  ...detail,
});

describe('where Back and Forward lead', () => {
  it('to another page, with its filters', () => {
    expect(historyTarget(going({}))).toBe('/desk/directory/doctors?page=2');
  });

  it('nowhere when the page stays the same', () => {
    expect(historyTarget(going({ newUrl: `${EDIT}?tab=history` }))).toBeUndefined();
  });

  it('is no question for addresses that the page sets itself', () => {
    const own = Object.assign(new Event('popstate'), { singleSpa: true });
    expect(historyTarget(going({ originalEvent: own }))).toBeUndefined();
    expect(historyTarget(going({ originalEvent: new Event('hashchange') }))).toBeUndefined();
    expect(historyTarget(going({ originalEvent: undefined }))).toBeUndefined();
  });
});
