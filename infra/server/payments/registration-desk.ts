import type { CommandBus } from '@nestjs/cqrs';
import { registrationNumberOf } from '@qingpu/contracts/codes/order-number';
import { REFUND_CAUSES } from '@qingpu/contracts/codes/payment-tables';
import { slotEvents } from '@qingpu/contracts/events/slots';
import type { PaymentAnswer, RegistrationResult } from '@qingpu/contracts/http/slots';
import type { CommandEnvelope } from '@qingpu/domains-kernel/command-handling';
import { readStream } from '@qingpu/domains-kernel/read-stream';
import { readPayment } from '@qingpu/domains-payments/following';
import { FollowPayment, RequestPayment } from '@qingpu/domains-payments/handlers';
import { isOpen, type PaymentState, settlingOrder } from '@qingpu/domains-payments/payment';
import { PaymentGatewayUnavailable } from '@qingpu/domains-payments/ports';
import { alreadyPaid } from '@qingpu/domains-payments/rejections';
import { standingOf } from '@qingpu/domains-payments/standing';
import { paymentIdOf } from '@qingpu/domains-payments/streams';
import { endOf } from '@qingpu/domains-slots/booking-policy';
import { intervalOver } from '@qingpu/domains-slots/rejections';
import { registrable, type SlotState, slot } from '@qingpu/domains-slots/slot';
import { ActOnBooking, type BookingAddress } from '@qingpu/domains-slots/slot.handlers';
import { slotStream } from '@qingpu/domains-slots/streams';
import { HttpProblem } from '../http/http-problem.ts';
import type { Platform } from '../platform.ts';
import { ExpiringMemo } from '../slots/expiring-memo.ts';
import { followEnvelope } from './payment-sweep.ts';

/** How long a payment's state at the gateway counts as fresh, however often its owner asks. */
const FRESH_MS = 2_000;
const MOST_REMEMBERED = 10_000;

/** Where a booking becomes a registration (A1.14, A1.16): at once when nothing is due, else when its fee is paid. */
export class RegistrationDesk {
  readonly #platform: Pick<Platform, 'log' | 'clock' | 'payments'>;
  readonly #followed: ExpiringMemo<boolean>;

  constructor(platform: Pick<Platform, 'log' | 'clock' | 'payments'>) {
    this.#platform = platform;
    const now = () => platform.clock.now().getTime();
    this.#followed = new ExpiringMemo({ lifeMs: FRESH_MS, most: MOST_REMEMBERED, now });
  }

  /**
   * `payment` null: registered. Otherwise it is registered by itself once that is paid.
   * @throws Rejection when it cannot be registered now; HttpProblem 503 when a fee is due and nobody can pay online
   */
  async register(
    bus: CommandBus,
    address: BookingAddress,
    envelope: CommandEnvelope,
  ): Promise<RegistrationResult> {
    const { bookingId } = address;
    const live = await this.#registrable(address);
    const { feeFen: amountFen } = live.slot;
    if (amountFen === 0) {
      const registrationNumber = registrationNumberOf(bookingId);
      const act = { type: 'RegisterVisit', by: 'patient', registrationNumber } as const;
      const { position, revision } = await bus.execute(new ActOnBooking(address, act, envelope));
      return { position, revision, payment: null };
    }
    if (!this.#platform.payments.connected) throw notConnected();
    const { institutionCode, scheduleId, slotId } = address;
    const what = {
      paymentId: paymentIdOf(bookingId, 'registration'),
      bookingId,
      personId: live.booking.personId,
      slot: { institutionCode, scheduleId, slotId },
      purpose: 'registration',
      amountFen,
    } as const;
    const { position, revision } = await bus.execute(new RequestPayment(what, envelope));
    this.#followed.forget(what.paymentId);
    const payment = await this.payment(bus, bookingId);
    return { position, revision, payment: payment ?? null };
  }

  /** Where the payment of a booking stands; the gateway is asked while something is unknown. Undefined when there is none. */
  async payment(bus: CommandBus, bookingId: string): Promise<PaymentAnswer | undefined> {
    const paymentId = paymentIdOf(bookingId, 'registration');
    const before = await readPayment(this.#platform, paymentId);
    if (!before.what) return undefined;
    const delayed = isUnsettled(before) && !(await this.#follow(bus, paymentId));
    const state = delayed ? before : await readPayment(this.#platform, paymentId);
    const slotState = await this.#slot({ ...before.what.slot, bookingId });
    return answerOf(state, slotState, { now: this.#platform.clock.now(), delayed });
  }

  /** The fee comes from what the slot's stream says of its schedule, whoever asks. */
  async #registrable(address: BookingAddress) {
    const { bookingId } = address;
    const state = await this.#slot(address);
    const { live } = state;
    if (live?.booking.bookingId === bookingId && live.registrationNumber !== null) {
      const paid = settlingOrder(await readPayment(this.#platform, paymentIdOf(bookingId, 'registration')));
      if (paid) throw alreadyPaid();
    }
    const now = this.#platform.clock.now();
    const found = registrable(state, bookingId, now);
    if (endOf(found.slot) <= now) throw intervalOver();
    return found;
  }

  #slot(address: BookingAddress): Promise<SlotState> {
    return readStream(this.#platform.log, slotStream(address), slotEvents, slot);
  }

  /** Whether the gateway answered, now or just before. */
  async #follow(bus: CommandBus, paymentId: string): Promise<boolean> {
    return this.#followed.get(paymentId, async () => {
      try {
        await bus.execute(new FollowPayment(paymentId, followEnvelope('payment-desk')));
        return true;
      } catch (error) {
        if (error instanceof PaymentGatewayUnavailable) return false;
        throw error;
      }
    });
  }
}

function isUnsettled({ orders }: PaymentState): boolean {
  return orders.some(
    (order) =>
      isOpen(order) || order.refunds.some(({ status }) => status === 'requested' || status === 'accepted'),
  );
}

function answerOf(
  state: PaymentState,
  { live }: SlotState,
  { now, delayed }: { readonly now: Date; readonly delayed: boolean },
): PaymentAnswer | undefined {
  const { what } = state;
  if (!what) return undefined;
  const standing = standingOf(state, now);
  const payable = standing?.state === 'toPay' ? standing.order : undefined;
  const refund = standing?.order.refunds.at(-1);
  return {
    paymentId: what.paymentId,
    state: standing?.state ?? null,
    amountFen: refund?.amountFen ?? what.amountFen,
    payUrl: payable?.payUrl ?? null,
    until: payable?.until ?? null,
    registrationNumber: live?.booking.bookingId === what.bookingId ? live.registrationNumber : null,
    refundReason: refund ? REFUND_CAUSES[refund.cause] : null,
    delayed,
  };
}

function notConnected(): HttpProblem {
  return new HttpProblem(503, 'payments-not-connected', '线上支付尚未开通，请到医院窗口挂号缴费');
}
