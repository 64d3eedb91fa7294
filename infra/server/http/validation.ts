import { StandardSchemaValidationPipe } from '@nestjs/common';
import { HttpProblem } from './http-problem.ts';

/** Most field faults named in one answer; who sent more has a systematic mistake. */
const MAX_FAULTS = 50;

type PathPart = PropertyKey | { readonly key: PropertyKey };

interface Issue {
  readonly message: string;
  readonly path?: readonly PathPart[] | undefined;
}

/** Checks bodies, queries and parameters by their zod schemas; faults are named by JSON pointer. */
export const validationPipe = new StandardSchemaValidationPipe({ exceptionFactory: invalidRequest });

/** The problem that names what does not fit a schema. */
export function invalidRequest(issues: readonly Issue[]): HttpProblem {
  return new HttpProblem(
    422,
    'invalid-request',
    '提交的内容有误，请按提示修改后重新提交',
    issues
      .slice(0, MAX_FAULTS)
      .map((issue) => ({ pointer: pointerOf(issue.path ?? []), detail: chineseOr(issue.message) })),
  );
}

function pointerOf(path: readonly PathPart[]): string {
  return path
    .map(
      (part) =>
        `/${String(typeof part === 'object' ? part.key : part)
          .replaceAll('~', '~0')
          .replaceAll('/', '~1')}`,
    )
    .join('');
}

/** Schemas speak Chinese where a user can be at fault; zod's own English is for programs. */
function chineseOr(message: string): string {
  // Names the keys as they were sent, which may be anything, a person's name too: it is not repeated.
  if (message.startsWith('Unrecognized key')) return '包含不支持的字段，请删除后重试';
  return /[\u4e00-\u9fff]/.test(message) ? message : '内容格式不正确，请检查';
}
