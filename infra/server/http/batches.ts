import type { CommandEnvelope } from '@qingpu/domains-kernel/command-handling';
import { itemCommandId } from '@qingpu/domains-kernel/event-ids';
import { Rejection } from '@qingpu/domains-kernel/rejection';
import type { Platform } from '../platform.ts';
import { HttpProblem } from './http-problem.ts';

/** Items of a batch that are handled at the same time. */
const AT_ONCE = 16;

/** An item of a batch that was refused: the stable code of its problem, and what to do about it. */
export interface RefusedItem {
  readonly outcome: 'refused';
  readonly problem: string;
  readonly detail: string;
}

/**
 * Handles each item of a batch as a command of its own, under an id derived from the batch's key, so that a repeated
 * batch goes on where it broke off. The answers stand in the order of the items; refused items are answers too.
 * @throws HttpProblem when the key was used for another batch
 */
export async function handleBatch<Item, Result>(
  { ledger }: Pick<Platform, 'ledger'>,
  batch: CommandEnvelope,
  items: readonly Item[],
  handle: (item: Item, envelope: CommandEnvelope) => Promise<Result>,
): Promise<(Result | RefusedItem)[]> {
  await reserve(ledger, batch);
  return inTurns(items, async (item, index) => {
    try {
      return await handle(item, itemEnvelope(batch, index));
    } catch (error) {
      if (!(error instanceof Rejection)) throw error;
      return { outcome: 'refused', problem: error.code, detail: error.advice };
    }
  });
}

/** @throws HttpProblem naming the first item whose key came before in the list */
export function checkDistinct(keys: readonly string[], field: string, list = 'items'): void {
  const seen = new Set<string>();
  const twice = keys.findIndex((key) => seen.size === seen.add(key).size);
  if (twice === -1) return;
  throw new HttpProblem(422, 'duplicate-item', '同一批次内编码重复，请去重后重新提交', [
    { pointer: `/${list}/${twice}/${field}`, detail: '该编码在本批次中已出现' },
  ]);
}

async function reserve(ledger: Platform['ledger'], { commandId, bodyHmac }: CommandEnvelope): Promise<void> {
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

/** Runs the work with a bounded number under way; the answers stand in the order of the items. */
export async function inTurns<Item, Result>(
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
