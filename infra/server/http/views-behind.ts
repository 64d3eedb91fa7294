import { HttpProblem } from './http-problem.ts';

/** What the answer depends on is not in the views yet; under the same key the request may come again. */
export function viewsBehind(): HttpProblem {
  return new HttpProblem(503, 'views-behind', '数据正在更新，请稍后用同一幂等键重试');
}
