import { z } from 'zod';
import type { EventOf } from './catalogue.ts';

const event = <Shape extends z.ZodRawShape>(shape: Shape) => ({ version: 1, schema: z.object(shape) });
const ofSchedule = { institutionCode: z.string(), scheduleId: z.string() };

/** How much of the public's slots a booking platform may sell; its stream is `channel-quota-<partner>`. */
export const channelQuotaEvents = {
  /** `institutionCode` null: wherever nothing is said of an institution by itself. `percent` 0: nothing; null: no limit. */
  ChannelQuotaSet: event({
    partnerId: z.string(),
    institutionCode: z.string().nullable(),
    percent: z.number().int().min(0).max(100).nullable(),
    reason: z.string(),
  }),
} as const;

/** What booking platforms have taken of a schedule under their quotas; its stream is `allotment-<institution>.<schedule>`. */
export const allotmentEvents = {
  SlotAllotted: event({ ...ofSchedule, partnerId: z.string(), bookingId: z.uuid() }),
  /** The booking did not come through, or is over: the platform may sell another. */
  AllotmentReturned: event({ ...ofSchedule, partnerId: z.string(), bookingId: z.uuid() }),
} as const;

export type ChannelQuotaEvent = EventOf<typeof channelQuotaEvents>;
export type AllotmentEvent = EventOf<typeof allotmentEvents>;
