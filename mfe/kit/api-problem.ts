import { type Problem, problemSchema } from '@qingpu/contracts/http/problem';
import type { FieldErrors } from './schema.ts';

/** Codes of problems that arise on this side of the wire. */
export const LOCAL_PROBLEMS = {
  unreachable: 'network-unreachable',
  timedOut: 'request-timed-out',
  unexpected: 'unexpected-answer',
} as const;

/** A refused or failed request: a stable code for programs, a Chinese sentence that says what to do. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly code: string;
  readonly detail: string;
  /** HTTP status; 0 when no answer came. */
  readonly status: number;
  readonly requestId: string | undefined;
  /** Faults of single fields by JSON pointer into the body. */
  readonly fieldErrors: FieldErrors;

  constructor(problem: Pick<Problem, 'code' | 'detail' | 'status' | 'requestId' | 'errors'>) {
    super(problem.code);
    this.code = problem.code;
    this.detail = problem.detail;
    this.status = problem.status;
    this.requestId = problem.requestId;
    this.fieldErrors = Object.fromEntries(
      (problem.errors ?? []).map((fault) => [fault.pointer, fault.detail]),
    );
  }
}

/** The problem an answer carries; a plain one when the body is not problem+json. */
export async function problemOf(response: Response): Promise<ApiProblem> {
  const parsed = problemSchema.safeParse(await response.json().catch(() => undefined));
  if (parsed.success) return new ApiProblem(parsed.data);
  return new ApiProblem({
    code: LOCAL_PROBLEMS.unexpected,
    detail: `服务暂时不可用（${response.status}），请稍后重试`,
    status: response.status,
  });
}

/** Any thrown value as a problem, so that every error place can show the same two lines. */
export function asProblem(thrown: unknown): ApiProblem {
  if (thrown instanceof ApiProblem) return thrown;
  return new ApiProblem({ code: LOCAL_PROBLEMS.unexpected, detail: '页面遇到问题，请重试', status: 0 });
}

/** Whether an error only says that the caller itself gave up. */
export function isAbort(thrown: unknown): boolean {
  return thrown instanceof DOMException && thrown.name === 'AbortError';
}
