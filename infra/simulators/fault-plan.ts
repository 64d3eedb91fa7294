/** How a receiver of deliveries misbehaves. */
export type Fault =
  /** Answers with this status instead of 200. */
  | { readonly kind: 'status'; readonly status: number; readonly retryAfterSeconds?: number }
  /** Takes the delivery and answers rightly, but only after this many milliseconds. */
  | { readonly kind: 'lag'; readonly ms: number }
  /** Answers 200 with the id of another delivery, or with something that is not JSON. */
  | { readonly kind: 'lie'; readonly how: 'otherDelivery' | 'malformed' }
  /** Never answers. */
  | { readonly kind: 'hang' }
  /** Cuts the connection without an answer. */
  | { readonly kind: 'drop' }
  /** Takes what is signed wrongly, or what is malformed, as if nothing were wrong. Holds until the reset. */
  | { readonly kind: 'careless'; readonly about: 'signature' | 'content' };

export type FaultOrder = Fault & {
  /** For so many requests; left out, until the reset. */
  readonly times?: number;
  /** Only for deliveries to this hospital; left out, for all of them. */
  readonly institutionCode?: string;
  /** Whether the hospital writes the delivery down all the same: the sender cannot know. A lag always does. */
  readonly recorded?: boolean;
};

export const wholeNumber = (minimum: number, maximum: number) => ({ type: 'integer', minimum, maximum });

const variant = (
  kind: Fault['kind'],
  own: Readonly<Record<string, object>> = {},
  required: string[] = [],
) => ({
  type: 'object',
  required: ['kind', ...required],
  additionalProperties: false,
  properties: {
    kind: { const: kind },
    ...own,
    times: wholeNumber(1, 1_000_000),
    institutionCode: { type: 'string', maxLength: 22 },
    recorded: { type: 'boolean' },
  },
});

/** JSON schema of an order as the control endpoint takes it. */
export const faultOrderSchema = {
  oneOf: [
    variant('status', { status: wholeNumber(300, 599), retryAfterSeconds: wholeNumber(0, 3600) }, ['status']),
    variant('lag', { ms: wholeNumber(0, 600_000) }, ['ms']),
    variant('lie', { how: { enum: ['otherDelivery', 'malformed'] } }, ['how']),
    variant('hang'),
    variant('drop'),
    variant('careless', { about: { enum: ['signature', 'content'] } }, ['about']),
  ],
};

/** What every order may say of when it holds. */
type Bounds = Pick<FaultOrder, 'times' | 'institutionCode'>;

/** The fault that is ordered at the moment, and for how many more requests. */
export class FaultPlan<Order extends Bounds = FaultOrder> {
  #order: Order | undefined;
  #left = 0;

  set(order: Order): void {
    this.#order = order;
    this.#left = order.times ?? Number.POSITIVE_INFINITY;
  }

  reset(): void {
    this.#order = undefined;
  }

  /** The fault for one request, to this hospital where there are several, which uses it up. */
  take(institutionCode?: string): Order | undefined {
    const order = this.#order;
    if (!order || (order.institutionCode !== undefined && order.institutionCode !== institutionCode)) {
      return undefined;
    }
    this.#left -= 1;
    if (this.#left <= 0) this.reset();
    return order;
  }

  /** `left` is null for a fault that lasts until the reset. */
  current(): { readonly order: Order; readonly left: number | null } | null {
    if (!this.#order) return null;
    return { order: this.#order, left: Number.isFinite(this.#left) ? this.#left : null };
  }
}
