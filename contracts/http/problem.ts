import { z } from 'zod';

/** RFC 9457 problem details; `code` is stable for programs, `detail` is a Chinese sentence that says what to do. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  code: z.string(),
  detail: z.string(),
  /** The request's id, to quote to the help desk. */
  requestId: z.string().optional(),
  /** Faults of single fields: JSON pointer into the body and what to do about it. */
  errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
});

export type Problem = z.infer<typeof problemSchema>;
