import { z } from 'zod';

/**
 * GET /api/updates: server-sent events. After each batch that a view has taken in, an event named `view` with this data.
 * A client that reconnects reloads its list; the stream carries counts only, never records.
 */
export const viewUpdateSchema = z.object({
  view: z.string(),
  /** Log position that the view has reached. */
  position: z.string(),
  /** How many events the batch brought. */
  events: z.number().int(),
});
export type ViewUpdate = z.infer<typeof viewUpdateSchema>;

/** Names of the views that pages listen for. */
export const VIEW_NAMES = {
  institutionDirectory: 'institution_directory',
  deliveryWorklist: 'delivery_worklist',
  residents: 'residents',
  slotPool: 'slot_pool',
  bookings: 'bookings',
  announcements: 'announcements',
  partnerContracts: 'partner_contracts',
  payments: 'payments',
} as const;
