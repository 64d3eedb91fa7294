import type { FastifyReply, FastifyRequest } from 'fastify';
import { cut, departureOf } from './connections.ts';
import { type FaultOrder, FaultPlan } from './fault-plan.ts';
import type { ReceivedBook, Recording } from './received-book.ts';
import { type GateFault, type GatePartner, SignatureGate } from './signature-gate.ts';
import { WaitingRoom } from './waiting-room.ts';

/** What every delivery of the platform says of itself. */
export interface Delivered {
  readonly deliveryId: string;
  readonly institutionCode: string;
}

/** Where one kind of delivery arrives. */
export interface Inbox<Content extends Delivered, Partner> {
  readonly path: string;
  readonly schema: { safeParse(value: unknown): { readonly data?: Content | undefined } };
  readonly book: ReceivedBook<Content>;
  /** Whether what it says is any of the partner's business. */
  readonly isFor: (partner: Partner, content: Content) => boolean;
  /** What the answer says beside that it has the delivery. */
  readonly answerOf?: (content: Content) => object;
}

export interface DeliveryRoute {
  readonly path: string;
  readonly receive: (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>;
}

/** A delivery on its way through the desk. */
interface Arrival<Content extends Delivered, Partner> {
  readonly inbox: Inbox<Content, Partner>;
  readonly partner: Partner;
  readonly content: Content;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** Where deliveries arrive: the signature is checked first, then the ordered fault happens, then the answer is given. */
export class DeliveryDesk<Partner extends GatePartner> {
  readonly faults = new FaultPlan();
  readonly room = new WaitingRoom();
  readonly #gate: SignatureGate<Partner>;
  readonly #now: () => number;

  constructor(partners: readonly Partner[], now: () => number) {
    this.#gate = new SignatureGate(partners, now);
    this.#now = now;
  }

  reset(): void {
    this.faults.reset();
    this.room.releaseAll();
  }

  /** The route on which one kind of delivery arrives. */
  route<Content extends Delivered>(inbox: Inbox<Content, Partner>): DeliveryRoute {
    return {
      path: inbox.path,
      receive: (request, reply) => this.#receive(inbox, request, reply),
    };
  }

  async #receive<Content extends Delivered>(
    inbox: Inbox<Content, Partner>,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const { method, url: target, headers } = request.raw;
    const gate = this.#gate.check({ method: method ?? '', target: target ?? '', headers, body });
    if ('fault' in gate)
      return this.#isCareless('signature')
        ? waveThrough(reply, body)
        : refuse(reply, statusOf(gate.fault), gate.fault);
    const { partner } = gate;
    const content = inbox.schema.safeParse(jsonOf(body)).data;
    if (!content)
      return this.#isCareless('content')
        ? waveThrough(reply, body)
        : refuse(reply, 400, 'delivery-malformed');
    if (!inbox.isFor(partner, content)) return refuse(reply, 403, 'not-this-hospital');
    const arrival = { inbox, partner, content, request, reply };
    const order =
      this.faults.current()?.order.kind === 'careless'
        ? undefined
        : this.faults.take(content.institutionCode);
    return order ? this.#misbehave(order, arrival) : answer(this.#record(arrival), arrival);
  }

  #isCareless(about: 'signature' | 'content'): boolean {
    const order = this.faults.current()?.order;
    return order?.kind === 'careless' && order.about === about;
  }

  #record<Content extends Delivered>({ inbox, partner, content }: Arrival<Content, Partner>): Recording {
    return inbox.book.record(partner.partnerId, content, new Date(this.#now()).toISOString());
  }

  async #misbehave<Content extends Delivered>(
    order: FaultOrder,
    arrival: Arrival<Content, Partner>,
  ): Promise<FastifyReply> {
    const { request, reply } = arrival;
    if (order.kind === 'lag') return this.#lag(order.ms, arrival);
    if (order.recorded) this.#record(arrival);
    switch (order.kind) {
      case 'status':
        if (order.retryAfterSeconds !== undefined) reply.header('retry-after', order.retryAfterSeconds);
        return refuse(reply, order.status, 'fault-ordered');
      case 'lie':
        return lie(order.how, arrival);
      case 'hang':
        await this.room.wait(undefined, departureOf(reply));
        return cut(request, reply);
      case 'drop':
      case 'careless':
        return cut(request, reply);
    }
  }

  /** Written down before the wait: a sender that gave up meanwhile sends it again and must not be counted twice. */
  async #lag<Content extends Delivered>(
    ms: number,
    arrival: Arrival<Content, Partner>,
  ): Promise<FastifyReply> {
    const recording = this.#record(arrival);
    if (!(await this.room.wait(ms, departureOf(arrival.reply)))) return cut(arrival.request, arrival.reply);
    return answer(recording, arrival);
  }
}

/** A repeated delivery gets the same answer; other content under the same id is a mistake of the sender. */
function answer<Content extends Delivered, Partner>(
  recording: Recording,
  { inbox, content, reply }: Pick<Arrival<Content, Partner>, 'inbox' | 'content' | 'reply'>,
): FastifyReply {
  if (recording === 'contradicting') return refuse(reply, 409, 'delivery-contradicts');
  return reply.send({ deliveryId: content.deliveryId, received: true, ...inbox.answerOf?.(content) });
}

/** As a system does that looks at nothing. */
function waveThrough(reply: FastifyReply, body: Buffer): FastifyReply {
  const content = jsonOf(body) as { readonly deliveryId?: unknown } | undefined;
  return reply.send({ deliveryId: content?.deliveryId ?? '', received: true });
}

function lie(
  how: 'otherDelivery' | 'malformed',
  { content, reply }: { readonly content: Delivered; readonly reply: FastifyReply },
): FastifyReply {
  if (how === 'otherDelivery') return reply.send({ deliveryId: `not-${content.deliveryId}`, received: true });
  return reply.type('application/json').send('{"deliveryId": "');
}

function statusOf(fault: GateFault): number {
  return fault === 'nonce-memory-full' ? 503 : 401;
}

function refuse(reply: FastifyReply, status: number, code: string): FastifyReply {
  return reply.code(status).send({ code });
}

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
