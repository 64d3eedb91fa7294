import { z } from 'zod';
import { registrationSchema } from '../../http/residents.ts';

/*
 * POST /api/partner/v1/portal-entries: the server of an app that embeds the residents' portal, such as 健康青浦, asks for
 * an entry for somebody whom it has signed in by real name. Signed like every partner's request
 * (partners/hospital/signature). It answers an address with a ticket that opens the portal once, soon, for that person.
 * Neither says who it is for.
 */

/** Where in the portal the entry leads: a path of the residents' part, without a query. */
export const portalPathSchema = z
  .string()
  .max(200, '页面地址最长200个字符')
  .regex(/^\/portal(\/[A-Za-z0-9][A-Za-z0-9_.~:-]*)*$/, '页面地址须以 /portal 开头，不带参数');

export const portalEntrySchema = registrationSchema.extend({ path: portalPathSchema.default('/portal') });
export type PortalEntry = z.infer<typeof portalEntrySchema>;

export const portalEntryResultSchema = z.object({
  /** To be opened at once in the app's web view; good for one time. */
  url: z.url(),
  /** ISO 8601 with offset. */
  expiresAt: z.string(),
});

/** GET /api/portal-entry?ticket=: sets the session and leads on to the path; what is no ticket answers a page that says so. */
export const portalTicketSchema = z.object({ ticket: z.string().max(100).default('') });
