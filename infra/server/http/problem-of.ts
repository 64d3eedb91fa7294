import { HttpException } from '@nestjs/common';
import { CoordinationUnavailable } from '@qingpu/coordination/coordination';
import { AuditUnavailable } from '@qingpu/crypto/audit-log';
import {
  AppendOutcomeUnknown,
  EventLogUnavailable,
  RevisionConflict,
} from '@qingpu/domains-kernel/event-log';
import { Rejection } from '@qingpu/domains-kernel/rejection';
import { PersonErasedError } from '@qingpu/domains-kernel/sealing';
import { IdentityRegisterUnavailable } from '@qingpu/domains-residents/ports';
import { PositionBeyondHead } from '@qingpu/read-models-kernel/view-reader';
import { SearchTooWide } from '@qingpu/read-models-kernel/view-store';
import { HttpProblem } from './http-problem.ts';

const MALFORMED = ['malformed-request', '请求内容无法解析，请检查格式是否为正确的 JSON'] as const;

const BY_STATUS: Readonly<Record<number, readonly [string, string]>> = {
  400: MALFORMED,
  404: ['not-found', '没有找到您访问的内容，请检查地址'],
  405: ['method-not-allowed', '该地址不支持此操作，请检查请求方法'],
  408: ['request-timeout', '请求超时，请重试'],
  413: ['body-too-large', '提交的内容过大，请分批提交'],
  414: ['address-too-long', '访问地址过长，请缩短查询条件'],
  415: ['unsupported-media-type', '请以 application/json 格式提交'],
  429: ['too-many-requests', '操作过于频繁，请稍后再试'],
  431: ['headers-too-large', '请求头过大，请清除浏览器缓存后重试'],
};

/** Whatever was thrown as a problem with a stable code; undefined for what nobody expected. */
export function problemOf(error: unknown): HttpProblem | undefined {
  if (error instanceof HttpProblem) return error;
  if (error instanceof Rejection) return new HttpProblem(error.status, error.code, error.advice);
  if (error instanceof PersonErasedError)
    return new HttpProblem(409, 'entry-erased', '该人员信息已注销，无法查看');
  if (error instanceof PositionBeyondHead)
    return new HttpProblem(400, 'position-beyond-head', 'after 指定的位置尚不存在，请去掉该参数后重试');
  if (error instanceof SearchTooWide)
    return new HttpProblem(422, 'search-too-wide', '符合条件的记录过多，请增加筛选条件或缩短日期范围');
  if (error instanceof RevisionConflict)
    return new HttpProblem(409, 'too-many-writers', '同时修改的人较多，请稍后重试');
  if (error instanceof IdentityRegisterUnavailable)
    return new HttpProblem(
      503,
      'identity-register-unavailable',
      '实名核验服务暂时无法使用，您的信息没有提交，请稍后重试',
    );
  if (
    error instanceof AppendOutcomeUnknown ||
    isStoreFault(error) ||
    error instanceof CoordinationUnavailable ||
    error instanceof EventLogUnavailable ||
    error instanceof AuditUnavailable
  ) {
    return temporarilyUnavailable();
  }
  const status = statusOf(error);
  return status !== undefined && status in BY_STATUS ? problemOfStatus(status) : undefined;
}

/** Faults of the document store that its driver throws under names of its own. */
function isStoreFault(error: unknown): boolean {
  return (
    error instanceof Error &&
    /^Mongo.*(Network|Timeout|Selection|PoolClosed|NotConnected|Topology)/.test(error.name)
  );
}

export function temporarilyUnavailable(): HttpProblem {
  return new HttpProblem(503, 'temporarily-unavailable', '系统正忙，请稍后用同一请求重试，不会重复提交');
}

/** The problem of a status that the framework decided on; one that nobody foresaw is named like a malformed request. */
export function problemOfStatus(status: number): HttpProblem {
  const [code, detail] = BY_STATUS[status] ?? MALFORMED;
  return new HttpProblem(status, code, detail);
}

/** The status that Nest or Fastify gave to an error of their own. */
function statusOf(error: unknown): number | undefined {
  if (error instanceof HttpException) return error.getStatus();
  if (error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number')
    return error.statusCode;
  return undefined;
}
