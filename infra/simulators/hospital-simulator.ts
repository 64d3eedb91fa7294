import { bookingOrderSchema } from '@qingpu/contracts/partners/hospital/booking-order';
import {
  type ContractCheck,
  contractCheckSchema,
  understoodOf,
} from '@qingpu/contracts/partners/hospital/contract-check';
import { type FilingReceipt, filingReceiptSchema } from '@qingpu/contracts/partners/hospital/filing-receipt';
import { type Delivered, DeliveryDesk } from './delivery-desk.ts';
import { listen } from './desk-app.ts';
import type { FaultOrder } from './fault-plan.ts';
import { type HospitalOrder, orderKey, ordersOf } from './hospital-orders.ts';
import type { PartnerCredential } from './partner-credential.ts';
import { type Received, ReceivedBook } from './received-book.ts';
import { SharedDesk } from './shared-desk.ts';

export interface HospitalSimulatorOptions {
  /** Left out or 0: any free port. */
  readonly port?: number | undefined;
  /** Loopback unless told otherwise: whoever reaches the control endpoint rules the simulator. */
  readonly host?: string | undefined;
  /** The hospitals for which it answers. */
  readonly partners: readonly PartnerCredential[];
  /** Milliseconds since 1970. */
  readonly now?: (() => number) | undefined;
}

export type ReceivedReceipt = Omit<Received<FilingReceipt>, 'content'> & { readonly receipt: FilingReceipt };

export interface HospitalSimulator {
  readonly url: string;
  readonly port: number;
  /** Receipts in order of arrival; at most the last 10,000. */
  received(): readonly ReceivedReceipt[];
  /** Booking orders as the hospitals have them now, in the order in which they first heard of them; of the last 10,000 messages. */
  orders(): readonly HospitalOrder[];
  /** Misbehaves from the next request on, in place of an earlier order. */
  setFault(order: FaultOrder): void;
  /** Those of them that are in shared mode: their slots, the orders that they have booked, how they misbehave. */
  readonly shared: Pick<SharedDesk, 'book' | 'faults' | 'heard' | 'reset'>;
  /** Behaves again and lets go of every request that it keeps waiting; what it received stays. */
  reset(): void;
  close(): Promise<void>;
}

const MOST_CHECKS = 200;

/**
 * Starts hospital information systems that take filing receipts and booking orders, and answer what hospitals in shared
 * mode are asked, over HTTP as the partner contracts say.
 */
export async function startHospitalSimulator(options: HospitalSimulatorOptions): Promise<HospitalSimulator> {
  const { partners, now = Date.now, ...address } = options;
  const desk = new DeliveryDesk(partners, now);
  const shared = new SharedDesk(partners, now);
  const isFor = (partner: PartnerCredential, content: Delivered) =>
    content.institutionCode === partner.institutionCode;
  const receipts = {
    path: '/qingpu/v1/filing-receipts',
    schema: filingReceiptSchema,
    book: new ReceivedBook(({ deliveryId }: FilingReceipt) => deliveryId),
    isFor,
  };
  const messages = {
    path: '/qingpu/v1/booking-orders',
    schema: bookingOrderSchema,
    book: new ReceivedBook(orderKey),
    isFor,
  };
  // Remembered to know a repetition, and for nothing else.
  const checks = {
    path: '/qingpu/v1/contract-checks',
    schema: contractCheckSchema,
    book: new ReceivedBook(({ deliveryId }: ContractCheck) => deliveryId, MOST_CHECKS),
    isFor,
    answerOf: (check: ContractCheck) => ({ understood: understoodOf(check) }),
  };
  const received = () => receipts.book.list().map(({ content, ...line }) => ({ receipt: content, ...line }));
  const orders = () => ordersOf(messages.book.list());
  const app = await listen({
    ...address,
    desk,
    routes: [desk.route(receipts), desk.route(messages), desk.route(checks), ...shared.routes()],
    shelves: [
      { path: '/received', list: received, book: receipts.book },
      { path: '/orders', list: orders, book: messages.book },
    ],
    more: (server) => shared.addControlRoutes(server),
  });
  return {
    ...app,
    close: async () => {
      shared.reset();
      await app.close();
    },
    shared,
    received,
    orders,
    setFault: (order) => desk.faults.set(order),
    reset: () => desk.reset(),
  };
}
