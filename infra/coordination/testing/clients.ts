import type { Coordination, CoordinationFault, QueueBounds } from '../coordination.ts';

export interface OpenForTest {
  readonly queues?: Partial<QueueBounds>;
  readonly report?: (fault: CoordinationFault) => void;
}

/** Two clients of the same coordination; inside one process both are the same object. */
export interface Clients {
  readonly one: Coordination;
  readonly other: Coordination;
  readonly faults: readonly CoordinationFault[];
  open(options: OpenForTest): Promise<Coordination>;
}
