import {
  SHARED_CALLS,
  type SharedAnswer,
  type SharedAsked,
  type SharedCall,
} from '@qingpu/contracts/partners/hospital/shared-resources';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { cut, departureOf } from './connections.ts';
import type { DeliveryRoute } from './delivery-desk.ts';
import { FaultPlan, wholeNumber } from './fault-plan.ts';
import type { PartnerCredential } from './partner-credential.ts';
import { SharedBook, type SharedSchedule, type SlotName } from './shared-book.ts';
import { SignatureGate } from './signature-gate.ts';
import { WaitingRoom } from './waiting-room.ts';

/** How a hospital in shared mode misbehaves. */
export type SharedFault =
  /** Answers with this status instead of 200. */
  | { readonly kind: 'status'; readonly status: number }
  /** Does what it is asked, and answers only after this many milliseconds. */
  | { readonly kind: 'lag'; readonly ms: number }
  /**
   * Says what is not true: `forgets` answers as it should and knows nothing of it afterwards; `denies` does what it is
   * asked and says that the slot is taken; `otherOrder` names another order; `malformed` is no JSON.
   */
  | { readonly kind: 'lie'; readonly how: 'forgets' | 'denies' | 'otherOrder' | 'malformed' }
  /** Hears the call twice, as networks do. */
  | { readonly kind: 'duplicate' }
  /** Never answers. */
  | { readonly kind: 'hang' }
  /** Cuts the connection without an answer. */
  | { readonly kind: 'drop' };

export type SharedFaultOrder = SharedFault & {
  /** Only for this call; left out, for all of them. */
  readonly call?: SharedCall;
  /** For so many calls; left out, until the reset. */
  readonly times?: number;
  /** Only for this hospital; left out, for all of them. */
  readonly institutionCode?: string;
  /** Whether it does all the same what it is asked: the platform cannot know. A lag and a lie always do. */
  readonly recorded?: boolean;
};

const CALLS = Object.keys(SHARED_CALLS) as SharedCall[];

const variant = (kind: SharedFault['kind'], own: Readonly<Record<string, object>> = {}) => ({
  type: 'object',
  required: ['kind', ...Object.keys(own)],
  additionalProperties: false,
  properties: {
    kind: { const: kind },
    ...own,
    call: { enum: CALLS },
    times: wholeNumber(1, 1_000_000),
    institutionCode: { type: 'string', maxLength: 22 },
    recorded: { type: 'boolean' },
  },
});

/** JSON schema of an order as the control endpoint takes it. */
const faultOrderSchema = {
  oneOf: [
    variant('status', { status: wholeNumber(300, 599) }),
    variant('lag', { ms: wholeNumber(0, 600_000) }),
    variant('lie', { how: { enum: ['forgets', 'denies', 'otherOrder', 'malformed'] } }),
    variant('duplicate'),
    variant('hang'),
    variant('drop'),
  ],
};

const text = { type: 'string', minLength: 1, maxLength: 40 };
const textOrNull = { anyOf: [text, { type: 'null' }] };
const object = (properties: Readonly<Record<string, object>>) => ({
  type: 'object',
  required: Object.keys(properties),
  additionalProperties: false,
  properties,
});
const scheduleSchema = object({
  institutionCode: text,
  scheduleId: text,
  date: text,
  departmentCode: text,
  clinicCode: textOrNull,
  doctorCode: textOrNull,
  slotIds: { type: 'array', maxItems: 500, items: text },
});
const slotSchema = object({ institutionCode: text, scheduleId: text, slotId: text });

/** A call on its way: already signed, well-formed and for the hospital that signed it. */
interface Call {
  readonly name: SharedCall;
  readonly asked: SharedAsked<SharedCall>;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** Where the calls to hospitals in shared mode arrive: the signature is checked first, then the ordered fault happens. */
export class SharedDesk {
  readonly book = new SharedBook();
  readonly faults = new FaultPlan<SharedFaultOrder>();
  readonly room = new WaitingRoom();
  /** How often each call was heard. */
  readonly heard: Record<SharedCall, number> = Object.fromEntries(CALLS.map((name) => [name, 0])) as Record<
    SharedCall,
    number
  >;
  readonly #gate: SignatureGate<PartnerCredential>;

  constructor(partners: readonly PartnerCredential[], now: () => number) {
    this.#gate = new SignatureGate(partners, now);
  }

  /** Behaves again and lets go of every request that it keeps waiting; what it has booked stays. */
  reset(): void {
    this.faults.reset();
    this.room.releaseAll();
  }

  routes(): readonly DeliveryRoute[] {
    return CALLS.map((name) => ({
      path: SHARED_CALLS[name].path,
      receive: (request, reply) => this.#receive(name, request, reply),
    }));
  }

  async #receive(name: SharedCall, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const { method, url: target, headers } = request.raw;
    const gate = this.#gate.check({ method: method ?? '', target: target ?? '', headers, body });
    if ('fault' in gate) return refuse(reply, 401, gate.fault);
    const asked = SHARED_CALLS[name].asked.safeParse(jsonOf(body)).data;
    if (!asked) return refuse(reply, 400, 'call-malformed');
    if (asked.institutionCode !== gate.partner.institutionCode)
      return refuse(reply, 403, 'not-this-hospital');
    this.heard[name] += 1;
    const call = { name, asked, request, reply };
    const order = this.#faultFor(call);
    return order ? this.#misbehave(order, call) : reply.send(this.#answer(call));
  }

  #faultFor({ name, asked }: Call): SharedFaultOrder | undefined {
    const only = this.faults.current()?.order.call;
    return only === undefined || only === name ? this.faults.take(asked.institutionCode) : undefined;
  }

  #answer({ name, asked }: Pick<Call, 'name' | 'asked'>): SharedAnswer<SharedCall> {
    const { book } = this;
    const answers: { readonly [Name in SharedCall]: (asked: SharedAsked<Name>) => SharedAnswer<Name> } = {
      slots: (each) => book.slots(each),
      book: (each) => book.book(each),
      cancel: (each) => book.cancel(each),
      orders: (each) => book.list(each),
      order: (each) => book.detail(each),
      card: (each) => book.checkCard(each),
      doctors: (each) => book.doctors(each),
      clinics: (each) => book.clinics(each),
    };
    return (answers[name] as (asked: SharedAsked<SharedCall>) => SharedAnswer<SharedCall>)(asked);
  }

  async #misbehave(order: SharedFaultOrder, call: Call): Promise<FastifyReply> {
    const { request, reply } = call;
    switch (order.kind) {
      case 'lag': {
        const answer = this.#answer(call);
        if (!(await this.room.wait(order.ms, departureOf(reply)))) return cut(request, reply);
        return reply.send(answer);
      }
      case 'lie':
        return this.#lie(order.how, call);
      case 'duplicate':
        this.#answer(call);
        return reply.send(this.#answer(call));
      default:
        if (order.recorded) this.#answer(call);
    }
    if (order.kind === 'status') return refuse(reply, order.status, 'fault-ordered');
    if (order.kind === 'hang') await this.room.wait(undefined, departureOf(reply));
    return cut(request, reply);
  }

  #lie(how: Extract<SharedFault, { kind: 'lie' }>['how'], call: Call): FastifyReply {
    const { asked, reply } = call;
    const answer = this.#answer(call);
    if (how === 'malformed') return reply.type('application/json').send('{"result": "');
    if (how === 'otherOrder')
      return reply.send({ ...answer, orderNumber: 'QP-ANOTHER', requestId: 'another' });
    if (!('orderNumber' in asked)) return reply.send(answer);
    const { institutionCode, orderNumber } = asked;
    if (how === 'denies') return reply.send({ orderNumber, result: 'refused', code: 'taken' });
    this.book.forget(institutionCode, orderNumber);
    return reply.send(answer);
  }

  /** Who reaches these rules the simulator. */
  addControlRoutes(app: FastifyInstance): void {
    const { book, faults, room, heard } = this;
    const state = () => ({ fault: faults.current(), waiting: room.waiting, heard });
    app.get('/control/shared/fault', state);
    app.put<{ Body: SharedFaultOrder }>(
      '/control/shared/fault',
      { schema: { body: faultOrderSchema } },
      (request) => {
        faults.set(request.body);
        return state();
      },
    );
    app.delete('/control/shared/fault', () => {
      this.reset();
      return state();
    });
    app.put<{ Body: SharedSchedule }>(
      '/control/shared/schedules',
      { schema: { body: scheduleSchema } },
      (request, reply) => {
        book.offer(request.body);
        return reply.code(204).send();
      },
    );
    app.post<{ Body: SlotName }>(
      '/control/shared/window-sales',
      { schema: { body: slotSchema } },
      (request) => ({
        sold: book.sellAtWindow(request.body),
      }),
    );
    app.get('/shared/orders', () => {
      const all = book.orders();
      return { total: all.length, items: all.slice(-LIST_LIMIT).reverse() };
    });
  }
}

/** Lines of a list that a person looks at. */
const LIST_LIMIT = 1000;

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
