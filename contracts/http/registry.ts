import { z } from 'zod';

/** One micro-frontend in `/registry.json`. */
export const remoteSchema = z.object({
  name: z.string().regex(/^[a-z0-9_]+$/),
  /** URL of the federation entry, on our own origin. */
  entry: z.string().startsWith('/mfe/'),
  /** The remote is active on paths that start with one of these. */
  paths: z.array(z.string().startsWith('/')),
  layout: z.enum(['phone', 'desk']),
  /** Menus show modules with lower numbers first. */
  order: z.number().int().default(100),
  /** Menu entries: path, Chinese title and the roles that see it; `visitor` stands for people without a session. */
  menu: z.array(z.object({ path: z.string(), title: z.string(), roles: z.array(z.string()) })),
  /** URL path of every script and style of the remote → its sha384 integrity. */
  integrity: z.record(z.string(), z.string().startsWith('sha384-')),
});
export const registrySchema = z.object({ remotes: z.array(remoteSchema) });
export type Remote = z.infer<typeof remoteSchema>;
