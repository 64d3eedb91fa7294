import { problemSchema } from '@qingpu/contracts/http/problem';
import type { Answer } from './api-client.ts';

const CHINESE = /[\u4e00-\u9fff]/;
const STABLE_CODE = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const REQUEST_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What is wrong with the answer to a faulty request; undefined when it is as the contract of problems says. */
export function faultOfProblem({ status, headers, body, text }: Answer): string | undefined {
  const about = `${status} ${text.slice(0, 200)}`;
  if (status < 400 || status >= 500) return `not refused: ${about}`;
  if (!headers.get('content-type')?.startsWith('application/problem+json'))
    return `no problem+json: ${about}`;
  const { data: problem } = problemSchema.safeParse(body);
  if (!problem) return `no problem: ${about}`;
  if (problem.status !== status) return `another status in the body: ${about}`;
  if (!STABLE_CODE.test(problem.code)) return `no stable code: ${about}`;
  if (!CHINESE.test(problem.detail) || !CHINESE.test(problem.title)) return `not in Chinese: ${about}`;
  if (!REQUEST_ID.test(problem.requestId ?? '')) return `no request id: ${about}`;
  const silent = problem.errors?.find(({ detail }) => !CHINESE.test(detail));
  return silent && `a field's fault is not in Chinese: ${silent.detail}`;
}

/** An answer may be good; when it is not, it is a proper problem. */
export function faultOfAnswer(answer: Answer): string | undefined {
  return answer.status < 400 ? undefined : faultOfProblem(answer);
}
