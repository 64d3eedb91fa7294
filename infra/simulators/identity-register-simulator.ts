import { randomUUID, timingSafeEqual } from 'node:crypto';
import {
  IDENTITY_CHECK_PATH,
  IDENTITY_REGISTER_KEY_HEADER,
  type IdentityCheck,
  type IdentityCheckAnswer,
  identityCheckSchema,
} from '@qingpu/contracts/partners/identity-register/identity-check';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { cut, departureOf, listenAt, simulatorApp } from './connections.ts';
import { FaultPlan, wholeNumber } from './fault-plan.ts';
import { WaitingRoom } from './waiting-room.ts';

const BODY_LIMIT = 16_384;

/** Somebody whom the register knows. */
export type RegisteredIdentity = Pick<IdentityCheck, 'name' | 'identityKind' | 'identityNumber'>;

/** How the register misbehaves. */
export type RegisterFault =
  /** Answers with this status instead of 200. */
  | { readonly kind: 'status'; readonly status: number }
  /** Answers rightly, but only after this many milliseconds. */
  | { readonly kind: 'lag'; readonly ms: number }
  /** Answers to another request, with something that is not JSON, or with a result that is not true. */
  | {
      readonly kind: 'lie';
      readonly how: 'otherRequest' | 'malformed' | IdentityCheckAnswer['result'];
    }
  /** Never answers. */
  | { readonly kind: 'hang' }
  /** Cuts the connection without an answer. */
  | { readonly kind: 'drop' };

export type RegisterFaultOrder = RegisterFault & {
  /** For so many requests; left out, until the reset. */
  readonly times?: number;
};

export interface IdentityRegisterOptions {
  /** Left out or 0: any free port. */
  readonly port?: number | undefined;
  /** Loopback unless told otherwise: whoever reaches the control endpoint rules the simulator. */
  readonly host?: string | undefined;
  readonly apiKey: string;
  readonly people: Iterable<RegisteredIdentity>;
}

export interface IdentityRegisterSimulator {
  readonly url: string;
  readonly port: number;
  /** Checks that carried the key, answered or not. */
  checks(): number;
  setFault(order: RegisterFaultOrder): void;
  /** Behaves again and lets go of every request that it keeps waiting. */
  reset(): void;
  close(): Promise<void>;
}

const variant = (
  kind: RegisterFault['kind'],
  own: Readonly<Record<string, object>> = {},
  required: string[] = [],
) => ({
  type: 'object',
  required: ['kind', ...required],
  additionalProperties: false,
  properties: { kind: { const: kind }, ...own, times: wholeNumber(1, 1_000_000) },
});

/** JSON schema of an order as the control endpoint takes it. */
const faultOrderSchema = {
  oneOf: [
    variant('status', { status: wholeNumber(300, 599) }, ['status']),
    variant('lag', { ms: wholeNumber(0, 600_000) }, ['ms']),
    variant('lie', { how: { enum: ['otherRequest', 'malformed', 'match', 'mismatch', 'unknown'] } }, ['how']),
    variant('hang'),
    variant('drop'),
  ],
};

/** Starts a national register of identities that answers checks over HTTP as the partner contract says. */
export async function startIdentityRegisterSimulator(
  options: IdentityRegisterOptions,
): Promise<IdentityRegisterSimulator> {
  const desk = new CheckDesk(options.people, options.apiKey);
  const app = simulatorApp(BODY_LIMIT);
  app.post(IDENTITY_CHECK_PATH, (request, reply) => desk.check(request, reply));
  addControlRoutes(app, desk);
  const listening = await listenAt(app, options, () => desk.reset());
  return {
    ...listening,
    checks: () => desk.checks,
    setFault: (order) => desk.faults.set(order),
    reset: () => desk.reset(),
  };
}

/** Where checks arrive: the key is looked at first, then the ordered fault happens, then the answer is given. */
class CheckDesk {
  readonly faults = new FaultPlan<RegisterFaultOrder>();
  readonly room = new WaitingRoom();
  readonly #names: ReadonlyMap<string, string>;
  readonly #apiKey: Buffer;
  checks = 0;

  constructor(people: Iterable<RegisteredIdentity>, apiKey: string) {
    this.#names = new Map([...people].map((person) => [documentOf(person), person.name]));
    this.#apiKey = Buffer.from(apiKey);
  }

  reset(): void {
    this.faults.reset();
    this.room.releaseAll();
  }

  async check(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    if (!this.#isKey(request.headers[IDENTITY_REGISTER_KEY_HEADER])) return refuse(reply, 401, 'key-invalid');
    const check = identityCheckSchema.safeParse(request.body);
    if (!check.success) return refuse(reply, 400, 'check-malformed');
    this.checks += 1;
    const order = this.faults.take();
    const answer = this.#answer(check.data);
    return order ? this.#misbehave(order, answer, request, reply) : reply.send(answer);
  }

  #isKey(given: string | string[] | undefined): boolean {
    const key = Buffer.from(typeof given === 'string' ? given : '');
    return key.length === this.#apiKey.length && timingSafeEqual(key, this.#apiKey);
  }

  #answer(check: IdentityCheck): IdentityCheckAnswer {
    const name = this.#names.get(documentOf(check));
    const known = name === check.name ? 'match' : 'mismatch';
    const result = name === undefined ? 'unknown' : known;
    return { requestId: check.requestId, result, reference: `SIM-${randomUUID()}` };
  }

  async #misbehave(
    order: RegisterFaultOrder,
    answer: IdentityCheckAnswer,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    switch (order.kind) {
      case 'status':
        return refuse(reply, order.status, 'fault-ordered');
      case 'lag':
        if (!(await this.room.wait(order.ms, departureOf(reply)))) return cut(request, reply);
        return reply.send(answer);
      case 'lie':
        return lie(order.how, answer, reply);
      case 'hang':
        await this.room.wait(undefined, departureOf(reply));
        return cut(request, reply);
      case 'drop':
        return cut(request, reply);
    }
  }
}

function documentOf({ identityKind, identityNumber }: RegisteredIdentity | IdentityCheck): string {
  return `${identityKind} ${identityNumber}`;
}

function refuse(reply: FastifyReply, status: number, code: string): FastifyReply {
  return reply.code(status).send({ code });
}

function lie(
  how: Extract<RegisterFault, { kind: 'lie' }>['how'],
  answer: IdentityCheckAnswer,
  reply: FastifyReply,
): FastifyReply {
  if (how === 'malformed') return reply.type('application/json').send('{"requestId": "');
  return reply.send(
    how === 'otherRequest' ? { ...answer, requestId: randomUUID() } : { ...answer, result: how },
  );
}

function addControlRoutes(app: FastifyInstance, desk: CheckDesk): void {
  const state = () => ({ fault: desk.faults.current(), waiting: desk.room.waiting, checks: desk.checks });
  app.get('/health', () => ({ status: 'ok' }));
  app.get('/control/fault', state);
  app.put<{ Body: RegisterFaultOrder }>(
    '/control/fault',
    { schema: { body: faultOrderSchema } },
    (request) => {
      desk.faults.set(request.body);
      return state();
    },
  );
  app.delete('/control/fault', () => {
    desk.reset();
    return state();
  });
}
