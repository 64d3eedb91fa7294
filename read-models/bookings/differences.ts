import type { Outcome } from '@qingpu/contracts/codes/slot-tables';
import type { LandedOrder } from '@qingpu/contracts/events/slots';
import { stepsInOrder } from './lines.ts';
import type { BookingDocument, SettlementDocument, Step } from './view.ts';

export type DifferenceKind = 'missingAtHospital' | 'missingAtPlatform' | 'otherState' | 'otherSlot';

/** What one side has and the other has not; `platform` and `hospital` say it in Chinese words, null for nothing. */
export interface Difference {
  readonly orderNumber: string;
  readonly kind: DifferenceKind;
  readonly platform: string | null;
  readonly hospital: string | null;
}

/** Of a booking, what a comparison needs. */
export type Compared = Pick<BookingDocument, 'slot' | 'booking' | 'steps'>;

type State = LandedOrder['state'] | 'none';

const STATE_WORDS: Readonly<Record<State, string>> = {
  none: '未成立',
  booked: '已预约',
  cancelled: '已取消',
  registered: '已挂号',
  fulfilled: '已履约',
  noShow: '爽约',
};

const STATE_OF_OUTCOME: Readonly<Record<Outcome, State>> = {
  fulfilled: 'fulfilled',
  noShow: 'noShow',
  cancelledByPatient: 'cancelled',
  lateCancelled: 'cancelled',
  cancelledByHospital: 'cancelled',
  expired: 'none',
  // The hospital has not said anything: to it the order is still as it was booked.
  unreported: 'booked',
};

/**
 * Compares one day's orders (F1.20). A booking is judged as it was when the hospital submitted the day and as it is now:
 * what agrees with either is no difference, because life went on after the submission, or the hospital was right early.
 * @param landed of the newest submission, each order once
 * @param platform bookings of that institution and day, and any others that `landed` names
 * @param landedAt log position of the submission's last part
 */
export function differencesOf(
  landed: readonly LandedOrder[],
  platform: readonly Compared[],
  landedAt: bigint,
): Difference[] {
  const ofHospital = new Map(landed.map((order) => [order.orderNumber, order]));
  const ofPlatform = new Map(platform.map((booking) => [booking.booking.orderNumber, booking]));
  const missing = platform.flatMap((booking) =>
    ofHospital.has(booking.booking.orderNumber) ? [] : missingAtHospital(booking, landedAt),
  );
  const others = landed.flatMap((order) => differing(order, ofPlatform.get(order.orderNumber), landedAt));
  return [...missing, ...others].sort((a, b) => (a.orderNumber < b.orderNumber ? -1 : 1));
}

function missingAtHospital({ booking, steps }: Compared, landedAt: bigint): Difference[] {
  const counts = (state: State) => state !== 'none' && state !== 'cancelled';
  const now = stateAfter(steps);
  if (!counts(now) || !counts(stateAfter(steps, landedAt))) return [];
  const { orderNumber } = booking;
  return [{ orderNumber, kind: 'missingAtHospital', platform: STATE_WORDS[now], hospital: null }];
}

function differing(order: LandedOrder, booking: Compared | undefined, landedAt: bigint): Difference[] {
  const { orderNumber, scheduleId, slotId, state } = order;
  if (!booking) {
    const hospital = STATE_WORDS[state];
    return [{ orderNumber, kind: 'missingAtPlatform', platform: null, hospital }];
  }
  const { slot, steps } = booking;
  if (slot.scheduleId !== scheduleId || slot.slotId !== slotId) {
    const [platform, hospital] = [placeInWords(slot), placeInWords(order)];
    return [{ orderNumber, kind: 'otherSlot', platform, hospital }];
  }
  const now = stateAfter(steps);
  if (now === state || stateAfter(steps, landedAt) === state) return [];
  return [{ orderNumber, kind: 'otherState', platform: STATE_WORDS[now], hospital: STATE_WORDS[state] }];
}

function placeInWords({ scheduleId, slotId }: Pick<LandedOrder, 'scheduleId' | 'slotId'>): string {
  return `排班 ${scheduleId} 号源 ${slotId}`;
}

/** How a booking stood when the log was that far; at its end when left out. */
function stateAfter(steps: BookingDocument['steps'], until?: bigint): State {
  return stepsInOrder(steps)
    .filter(({ position }) => until === undefined || position <= until)
    .reduce<State>((state, step) => afterStep(state, step), 'none');
}

function afterStep(state: State, { what, outcome }: Step): State {
  if (outcome !== undefined) return STATE_OF_OUTCOME[outcome];
  if (what === 'booked' || what === 'registered') return what;
  return state;
}

/** The newest submission's settlements: what was decided about an earlier one no longer counts. */
export function settlementsSince(
  settlements: readonly SettlementDocument[],
  firstPart: bigint,
): ReadonlyMap<string, SettlementDocument> {
  return new Map(
    settlements.flatMap((each) => (each.position > firstPart ? [[each.orderNumber, each] as const] : [])),
  );
}
