import {
  type BookingNotice,
  bookingNoticeSchema,
  SERVICE_CHANNELS,
} from '@qingpu/contracts/partners/channel/booking-notice';
import { DeliveryDesk } from './delivery-desk.ts';
import { listen } from './desk-app.ts';
import type { FaultOrder } from './fault-plan.ts';
import { type Received, ReceivedBook } from './received-book.ts';

export interface ChannelSimulatorOptions {
  /** Left out or 0: any free port. */
  readonly port?: number | undefined;
  /** Loopback unless told otherwise: whoever reaches the control endpoint rules the simulator. */
  readonly host?: string | undefined;
  /** Shared secret under which the platform signs. */
  readonly secret: string;
  /** Milliseconds since 1970. */
  readonly now?: (() => number) | undefined;
}

export interface ChannelSimulator {
  readonly url: string;
  readonly port: number;
  /** Notices in order of arrival; at most the last 10,000. Nobody is sent anything. */
  notices(): readonly Received<BookingNotice>[];
  /** Misbehaves from the next request on, in place of an earlier order. */
  setFault(order: FaultOrder): void;
  /** Behaves again and lets go of every request that it keeps waiting; what it received stays. */
  reset(): void;
  close(): Promise<void>;
}

/** Starts a gateway of service channels that takes notices over HTTP as the partner contract says. */
export async function startChannelSimulator(options: ChannelSimulatorOptions): Promise<ChannelSimulator> {
  const { secret, now = Date.now, ...address } = options;
  const desk = new DeliveryDesk([{ partnerId: SERVICE_CHANNELS, secret }], now);
  const book = new ReceivedBook(({ deliveryId }: BookingNotice) => deliveryId);
  const inbox = { path: '/qingpu/v1/booking-notices', schema: bookingNoticeSchema, book, isFor: () => true };
  const notices = () => book.list();
  const app = await listen({
    ...address,
    desk,
    routes: [desk.route(inbox)],
    shelves: [{ path: '/notices', list: notices, book }],
  });
  return {
    ...app,
    notices,
    setFault: (order) => desk.faults.set(order),
    reset: () => desk.reset(),
  };
}
