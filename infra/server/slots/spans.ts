import { plusDays } from '@qingpu/contracts/slots/shanghai-calendar';
import { HttpProblem } from '../http/http-problem.ts';

/** Most days that one list or figure covers. */
export const MAX_SPAN_DAYS = 31;

export interface Span {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** @throws HttpProblem when the days stand the wrong way round or are too many; both are YYYY-MM-DD */
export function checkSpan({ from, to }: Span): Span {
  if (from !== undefined && to !== undefined) {
    if (to < from) throw new HttpProblem(422, 'span-reversed', '结束日期不能早于开始日期，请重新选择');
    if (plusDays(from, MAX_SPAN_DAYS - 1) < to)
      throw new HttpProblem(422, 'span-too-long', `一次最多查询${MAX_SPAN_DAYS}天，请缩短日期范围`);
  }
  return { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
}
