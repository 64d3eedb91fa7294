import { type FilingReceipt, filingReceiptSchema } from '@qingpu/contracts/partners/hospital/filing-receipt';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { cut, departureOf, portOf } from './connections.ts';
import { type FaultOrder, FaultPlan, faultOrderSchema } from './fault-plan.ts';
import type { PartnerCredential } from './partner-credential.ts';
import { ReceiptBook, type ReceivedReceipt } from './receipt-book.ts';
import { type GateFault, SignatureGate } from './signature-gate.ts';
import { WaitingRoom } from './waiting-room.ts';

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

export interface HospitalSimulator {
  readonly url: string;
  readonly port: number;
  /** In order of arrival; at most the last 10,000. */
  received(): readonly ReceivedReceipt[];
  /** Misbehaves from the next request on, in place of an earlier order. */
  setFault(order: FaultOrder): void;
  /** Behaves again and lets go of every request that it keeps waiting; what it received stays. */
  reset(): void;
  close(): Promise<void>;
}

const BODY_LIMIT = 65_536;
const LIST_LIMIT = 1000;

/** Starts hospital information systems that take filing receipts over HTTP as the partner contract says. */
export async function startHospitalSimulator(options: HospitalSimulatorOptions): Promise<HospitalSimulator> {
  const desk = new ReceiptDesk(options.partners, options.now ?? Date.now);
  const app = fastify({
    bodyLimit: BODY_LIMIT,
    forceCloseConnections: true,
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false } },
  });
  await app.register(async (scope) => addReceiptRoute(scope, desk));
  addControlRoutes(app, desk);
  const host = options.host ?? '127.0.0.1';
  await app.listen({ host, port: options.port ?? 0 });
  const port = portOf(app);
  return {
    url: `http://${host}:${port}`,
    port,
    received: () => desk.book.list(),
    setFault: (order) => desk.faults.set(order),
    reset: () => desk.reset(),
    close: async () => {
      desk.reset();
      await app.close();
    },
  };
}

/** Where receipts arrive: the signature is checked first, then the ordered fault happens, then the answer is given. */
class ReceiptDesk {
  readonly book = new ReceiptBook();
  readonly faults = new FaultPlan();
  readonly room = new WaitingRoom();
  readonly #gate: SignatureGate;
  readonly #now: () => number;

  constructor(partners: readonly PartnerCredential[], now: () => number) {
    this.#gate = new SignatureGate(partners, now);
    this.#now = now;
  }

  reset(): void {
    this.faults.reset();
    this.room.releaseAll();
  }

  async receive(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const { method, url: target, headers } = request.raw;
    const gate = this.#gate.check({ method: method ?? '', target: target ?? '', headers, body });
    if ('fault' in gate) return refuse(reply, statusOf(gate.fault), gate.fault);
    const receipt = parseReceipt(body);
    if (!receipt) return refuse(reply, 400, 'receipt-malformed');
    if (receipt.institutionCode !== gate.partner.institutionCode) {
      return refuse(reply, 403, 'not-this-hospital');
    }
    const order = this.faults.take(receipt.institutionCode);
    if (order) return this.#misbehave(order, gate.partner, receipt, request, reply);
    return this.#answer(gate.partner, receipt, reply);
  }

  #record(partner: PartnerCredential, receipt: FilingReceipt) {
    return this.book.record(partner.partnerId, receipt, new Date(this.#now()).toISOString());
  }

  /** A repeated delivery gets the same answer; other content under the same id is a mistake of the sender. */
  #answer(partner: PartnerCredential, receipt: FilingReceipt, reply: FastifyReply): FastifyReply {
    const recording = this.#record(partner, receipt);
    if (recording === 'contradicting') return refuse(reply, 409, 'delivery-contradicts');
    return reply.send({ deliveryId: receipt.deliveryId, received: true });
  }

  async #misbehave(
    order: FaultOrder,
    partner: PartnerCredential,
    receipt: FilingReceipt,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    if (order.kind === 'lag') return this.#lag(order.ms, partner, receipt, request, reply);
    if (order.recorded) this.#record(partner, receipt);
    switch (order.kind) {
      case 'status':
        if (order.retryAfterSeconds !== undefined) reply.header('retry-after', order.retryAfterSeconds);
        return refuse(reply, order.status, 'fault-ordered');
      case 'lie':
        return lie(order.how, receipt, reply);
      case 'hang':
        await this.room.wait(undefined, departureOf(reply));
        return cut(request, reply);
      case 'drop':
        return cut(request, reply);
    }
  }

  /** Written down before the wait: a sender that gave up meanwhile sends it again and must not be counted twice. */
  async #lag(
    ms: number,
    partner: PartnerCredential,
    receipt: FilingReceipt,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    const recording = this.#record(partner, receipt);
    if (!(await this.room.wait(ms, departureOf(reply)))) return cut(request, reply);
    if (recording === 'contradicting') return refuse(reply, 409, 'delivery-contradicts');
    return reply.send({ deliveryId: receipt.deliveryId, received: true });
  }
}

function statusOf(fault: GateFault): number {
  return fault === 'nonce-memory-full' ? 503 : 401;
}

function refuse(reply: FastifyReply, status: number, code: string): FastifyReply {
  return reply.code(status).send({ code });
}

function lie(how: 'otherDelivery' | 'malformed', receipt: FilingReceipt, reply: FastifyReply): FastifyReply {
  if (how === 'otherDelivery') return reply.send({ deliveryId: `not-${receipt.deliveryId}`, received: true });
  return reply.type('application/json').send('{"deliveryId": "');
}

function parseReceipt(body: Buffer): FilingReceipt | undefined {
  try {
    return filingReceiptSchema.safeParse(JSON.parse(body.toString('utf8'))).data;
  } catch {
    return undefined;
  }
}

/** In a scope of its own: the signature covers the body's bytes, so they are kept as they came. */
function addReceiptRoute(scope: FastifyInstance, desk: ReceiptDesk): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  scope.post('/qingpu/v1/filing-receipts', (request, reply) => desk.receive(request, reply));
}

function addControlRoutes(app: FastifyInstance, desk: ReceiptDesk): void {
  const state = () => ({ fault: desk.faults.current(), waiting: desk.room.waiting });
  app.get('/health', () => ({ status: 'ok' }));
  app.get('/received', () => {
    const all = desk.book.list();
    // Newest first and bounded, for a person looking at it.
    return { total: all.length, forgotten: desk.book.forgotten, items: all.slice(-LIST_LIMIT).reverse() };
  });
  app.delete('/received', (_request, reply) => {
    desk.book.clear();
    return reply.code(204).send();
  });
  app.get('/control/fault', state);
  app.put<{ Body: FaultOrder }>('/control/fault', { schema: { body: faultOrderSchema } }, (request) => {
    desk.faults.set(request.body);
    return state();
  });
  app.delete('/control/fault', () => {
    desk.reset();
    return state();
  });
}
