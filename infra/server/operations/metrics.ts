import type { ConsumerStatus } from '@qingpu/runtime/consumer';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** The process's metrics in Prometheus's form; labels hold routes and codes, never ids or personal data. */
export class Metrics {
  readonly registry = new Registry();
  readonly requests = new Histogram({
    name: 'qingpu_http_request_seconds',
    help: 'Time from request to answer',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers: [this.registry],
  });
  readonly refusedForLoad = new Counter({
    name: 'qingpu_http_refused_for_load_total',
    help: 'Requests answered 503 because too many were under way',
    registers: [this.registry],
  });
  readonly auditRefusals = new Counter({
    name: 'qingpu_audit_refusals_total',
    help: 'Answers withheld because their audit entry could not be written',
    registers: [this.registry],
  });
  readonly #consumerPosition = new Gauge({
    name: 'qingpu_consumer_position',
    help: 'Log position that a view or process has reached',
    labelNames: ['consumer'],
    registers: [this.registry],
  });
  readonly #consumerLag = new Gauge({
    name: 'qingpu_consumer_lag_positions',
    help: 'Log positions between the head and what a consumer has reached',
    labelNames: ['consumer'],
    registers: [this.registry],
  });
  readonly #consumerStopped = new Gauge({
    name: 'qingpu_consumer_stopped_on_poison',
    help: '1 while a consumer stands on an event it cannot take in',
    labelNames: ['consumer'],
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  observeConsumers(statuses: readonly ConsumerStatus[], head: bigint): void {
    for (const { name: consumer, position, state } of statuses) {
      this.#consumerPosition.set({ consumer }, Number(position));
      this.#consumerLag.set({ consumer }, Math.max(0, Number(head - position)));
      this.#consumerStopped.set({ consumer }, state === 'stopped-on-poison' ? 1 : 0);
    }
  }
}
