import type { Problem } from '@qingpu/contracts/http/problem';

const TITLES: Readonly<Record<number, string>> = {
  400: '请求有误',
  401: '需要登录',
  403: '没有权限',
  404: '没有找到',
  405: '不支持的操作',
  408: '请求超时',
  409: '与当前状态冲突',
  412: '内容已被修改',
  413: '内容过大',
  414: '地址过长',
  415: '格式不支持',
  422: '内容有误',
  428: '缺少前提条件',
  429: '请求过于频繁',
  431: '请求头过大',
  500: '系统错误',
  503: '服务暂时不可用',
};

/** A request that ends with a problem+json answer. `detail` is a Chinese sentence and never holds personal data. */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem';
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly errors: Problem['errors'] = undefined,
  ) {
    super(code);
  }
}

/** The body of a problem answer (RFC 9457). */
export function problemBody(problem: HttpProblem, requestId: string): Problem {
  return {
    type: `/problems/${problem.code}`,
    title: TITLES[problem.status] ?? '请求未完成',
    status: problem.status,
    code: problem.code,
    detail: problem.detail,
    requestId,
    ...(problem.errors && { errors: problem.errors }),
  };
}
