import { z } from 'zod';
import type { EventOf } from '../events/catalogue.ts';

/** A small catalogue for specs of the kernels: people take and leave seats. */
export const sampleEvents = {
  SeatTaken: { version: 1, schema: z.object({ by: z.string() }) },
  SeatLeft: { version: 1, schema: z.object({ by: z.string() }) },
} as const;

export type SampleEvent = EventOf<typeof sampleEvents>;
