import { z } from 'zod';

export const MAX_PAGE_SIZE = 100;

/** The last page number a list answers; who wants more narrows the search. */
export const MAX_PAGE = 1000;

/** Paging of every list: pages count from 1; at most 100 rows a page. */
export const pagingSchema = z.object({
  page: z.coerce.number().int().min(1, '页码从1开始').max(MAX_PAGE, '页码过大，请缩小查询范围').default(1),
  size: z.coerce.number().int().min(1, '每页至少1条').max(MAX_PAGE_SIZE, '每页最多100条').default(20),
});

/** `?after=`: the log position that the answer must include; the answer says `stale: true` when it could not wait that long. */
export const afterSchema = z.object({
  after: z
    .string()
    .regex(/^\d{1,19}$/, '位置须为数字')
    .optional(),
});

/** A page of a list, with the time up to which its view had read the log. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({
    items: z.array(item),
    page: z.number().int(),
    size: z.number().int(),
    total: z.number().int(),
    /** When the newest event in this view happened (ISO 8601), null when the view is empty. */
    asOf: z.string().nullable(),
    /** True when the view has not yet reached the position named by `after`. */
    stale: z.boolean(),
  });
}

export type Page<Item> = {
  items: Item[];
  page: number;
  size: number;
  total: number;
  asOf: string | null;
  stale: boolean;
};
