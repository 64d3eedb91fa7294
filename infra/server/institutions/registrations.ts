import type { CommandBus } from '@nestjs/cqrs';
import type { DirectoryKind } from '@qingpu/contracts/events/institutions';
import type {
  BatchResult,
  DoctorPerson,
  Registration,
  RegistrationResult,
} from '@qingpu/contracts/partners/hospital/registration';
import { type EntryContent, RegisterEntry } from '@qingpu/domains-institutions/handlers';
import type { AcceptedOutcome, CommandEnvelope } from '@qingpu/domains-kernel/command-handling';
import { itemCommandId } from '@qingpu/domains-kernel/event-ids';
import { Rejection } from '@qingpu/domains-kernel/rejection';
import type { FastifyRequest } from 'fastify';
import { mayOnEntry } from '../access/principal.ts';
import { HttpProblem } from '../http/http-problem.ts';
import type { Platform } from '../platform.ts';
import { envelopeOf } from './envelopes.ts';

/** Items of a batch that are handled at the same time. */
const AT_ONCE = 16;

type AnyRegistration = Registration<DirectoryKind>;

/** What a registration says of an entry; an institution's own code is its code in the directory. */
export function contentOf(kind: DirectoryKind, registration: AnyRegistration): EntryContent {
  const code = 'code' in registration ? registration.code : registration.institutionCode;
  const person = 'person' in registration ? (registration.person as DoctorPerson) : undefined;
  return { kind, institutionCode: registration.institutionCode, code, details: registration.details, person };
}

/** What became of a registration or change, for the answer. */
export function resultOf(code: string, outcome: AcceptedOutcome): RegistrationResult {
  const { revision, position } = outcome;
  if (outcome.kind === 'unchanged') return { code, outcome: 'unchanged', revision, position };
  return { code, outcome: revision === 0 ? 'registered' : 'changed', revision, position };
}

/** Registers one entry for a partner. @throws HttpProblem when the entry is another institution's */
export async function registerOne(
  platform: Platform,
  bus: CommandBus,
  request: FastifyRequest,
  content: EntryContent,
): Promise<RegistrationResult> {
  checkOwn(request, [content]);
  const outcome = await bus.execute(new RegisterEntry(content, envelopeOf(platform, request, content)));
  return resultOf(content.code, outcome);
}

/**
 * Registers a batch. Nothing happens unless every item is the partner's own and no code comes twice; then each item is
 * a command of its own under an id derived from the batch's key, so that a repeated batch goes on where it broke off.
 */
export async function registerBatch(
  platform: Platform,
  bus: CommandBus,
  request: FastifyRequest,
  contents: readonly EntryContent[],
): Promise<BatchResult> {
  checkOwn(request, contents);
  checkDistinct(contents);
  const batch = envelopeOf(platform, request, contents);
  await reserve(platform, batch);
  const items = await inTurns(contents, (content, index) =>
    registerItem(bus, content, itemEnvelope(batch, index)),
  );
  const refused = items.filter((item) => item.outcome === 'refused').length;
  return { accepted: items.length - refused, refused, items };
}

async function reserve({ ledger }: Platform, { commandId, bodyHmac }: CommandEnvelope): Promise<void> {
  const reservation = await ledger.reserve(commandId, bodyHmac);
  if (reservation.status === 'seen' && reservation.bodyHmac !== bodyHmac) {
    throw new HttpProblem(
      409,
      'idempotency-key-reused',
      '该幂等键已用于另一个请求，请换一个新的幂等键后重试',
    );
  }
}

function itemEnvelope(batch: CommandEnvelope, index: number): CommandEnvelope {
  return { ...batch, commandId: itemCommandId(batch.commandId, index), causationId: batch.commandId };
}

async function registerItem(
  bus: CommandBus,
  content: EntryContent,
  envelope: CommandEnvelope,
): Promise<BatchResult['items'][number]> {
  try {
    return resultOf(content.code, await bus.execute(new RegisterEntry(content, envelope)));
  } catch (error) {
    if (!(error instanceof Rejection)) throw error;
    return { code: content.code, outcome: 'refused', problem: error.code, detail: error.advice };
  }
}

/** Runs the work with a bounded number under way; the answers stand in the order of the items. */
async function inTurns<Item, Result>(
  items: readonly Item[],
  work: (item: Item, index: number) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const queue = items.entries();
  const worker = async () => {
    for (const [index, item] of queue) results[index] = await work(item, index);
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, worker));
  return results;
}

function checkOwn({ principal }: FastifyRequest, contents: readonly EntryContent[]): void {
  if (contents.every(({ institutionCode }) => mayOnEntry(principal, 'register', institutionCode))) return;
  throw new HttpProblem(403, 'foreign-institution', '只能登记本机构的信息，请核对机构代码');
}

function checkDistinct(contents: readonly EntryContent[]): void {
  const seen = new Set<string>();
  const twice = contents.findIndex(({ code }) => seen.size === seen.add(code).size);
  if (twice === -1) return;
  throw new HttpProblem(422, 'duplicate-item', '同一批次内编码重复，请去重后重新提交', [
    { pointer: `/items/${twice}/code`, detail: '该编码在本批次中已出现' },
  ]);
}
