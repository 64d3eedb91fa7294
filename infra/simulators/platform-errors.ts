import type { Problem } from '@qingpu/contracts/http/problem';

/** The platform understood the request and said no; sending it again unchanged will not help. */
export class PlatformRefusal extends Error {
  override readonly name = 'PlatformRefusal';
  readonly status: number;
  /** Stable code of the problem. */
  readonly code: string;
  readonly errors: NonNullable<Problem['errors']>;

  constructor(request: string, status: number, problem: Pick<Problem, 'code' | 'detail' | 'errors'>) {
    const fields = (problem.errors ?? []).map(({ pointer, detail }) => `; ${pointer}: ${detail}`).join('');
    super(`${request} was refused (${status} ${problem.code}): ${problem.detail}${fields}`);
    this.status = status;
    this.code = problem.code;
    this.errors = problem.errors ?? [];
  }
}

/** No usable answer after every attempt: whether the request had an effect is unknown. */
export class PlatformUnavailable extends Error {
  override readonly name = 'PlatformUnavailable';

  constructor(request: string, attempts: number, lastFault: string, cause?: unknown) {
    super(`${request} got no usable answer in ${attempts} attempts; the last one: ${lastFault}`, { cause });
  }
}
