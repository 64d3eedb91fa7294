import { randomUUID } from 'node:crypto';
import {
  type CallHandler,
  type ExecutionContext,
  Inject,
  Injectable,
  type NestInterceptor,
} from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { codesOf } from '@qingpu/contracts/codes/directory-tables';
import { type ContractKind, contractKindOf } from '@qingpu/contracts/codes/partner-contracts';
import { SCHEDULE_KINDS, type ScheduleKind } from '@qingpu/contracts/codes/slot-tables';
import { ActOnContract } from '@qingpu/domains-institutions/partner-contract.handlers';
import type { FastifyRequest } from 'fastify';
import { catchError, from, type Observable, switchMap, throwError } from 'rxjs';
import { HttpProblem } from '../http/http-problem.ts';
import { ExpiringMemo } from '../slots/expiring-memo.ts';

/** One record a minute of each hospital and kind: a system gone wild cannot fill the log. */
const ONCE = { lifeMs: 60_000, most: 5_000 };
const BROKEN_FORM = new Set([400, 422]);
const KINDS = new Set<string>(codesOf(SCHEDULE_KINDS));

/**
 * Remembers that a hospital sent schedules that do not fit the contract (号源传输接口). What is refused for other reasons —
 * a department that is not registered, a schedule that is open already — is no fault of the interface.
 */
@Injectable()
export class TransmissionWatch implements NestInterceptor {
  readonly #recorded = new ExpiringMemo<void>(ONCE);

  constructor(@Inject(CommandBus) private readonly bus: CommandBus) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    return next
      .handle()
      .pipe(
        catchError((error: unknown) =>
          from(this.#note(request, error)).pipe(switchMap(() => throwError(() => error))),
        ),
      );
  }

  async #note({ principal, body, id }: FastifyRequest, error: unknown): Promise<void> {
    if (principal.kind !== 'partner' || !(error instanceof HttpProblem)) return;
    if (!BROKEN_FORM.has(error.status)) return;
    const { institutionCode, id: partnerId } = principal;
    for (const kind of faultyKinds(body, error))
      await this.#recorded.get(`${institutionCode} ${kind}`, async () => {
        const commandId = randomUUID();
        const command = {
          type: 'NoteRefusedTransmission',
          institutionCode,
          kind,
          problem: error.code,
        } as const;
        const actor = { kind: 'partner', id: partnerId, institutionCode } as const;
        await this.bus.execute(
          new ActOnContract(command, {
            commandId,
            bodyHmac: commandId,
            actor,
            correlationId: id,
            causationId: commandId,
          }),
        );
      });
  }
}

/** Of which kinds the faulty schedules of a body seem to be. What cannot be told apart is nobody's fault. */
function faultyKinds(body: unknown, { errors = [] }: HttpProblem): ReadonlySet<ContractKind> {
  const batch = fieldOf(body, 'items');
  const named = errors.flatMap(({ pointer }) => /^\/items\/(\d+)/.exec(pointer)?.[1] ?? []);
  const all = Array.isArray(batch) ? batch : [body];
  const faulty = named.length > 0 ? named.map((index) => all[Number(index)]) : all;
  return new Set(
    faulty.flatMap((item) => {
      const kind = fieldOf(fieldOf(item, 'details'), 'kind');
      return typeof kind === 'string' && KINDS.has(kind) ? [contractKindOf(kind as ScheduleKind)] : [];
    }),
  );
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}
