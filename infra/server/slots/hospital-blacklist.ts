import type { CommandBus } from '@nestjs/cqrs';
import { ledgerEvents } from '@qingpu/contracts/events/slots';
import type {
  BlacklistAppeal,
  BlacklistEntry,
  BlacklistLanding,
  BlacklistLandingResult,
} from '@qingpu/contracts/partners/hospital/slots';
import { shanghaiDate } from '@qingpu/domains-kernel/clock';
import type { CommandEnvelope } from '@qingpu/domains-kernel/command-handling';
import { stepCommandId } from '@qingpu/domains-kernel/event-ids';
import { readStream } from '@qingpu/domains-kernel/read-stream';
import { Rejection } from '@qingpu/domains-kernel/rejection';
import { IdentifyPerson } from '@qingpu/domains-residents/handlers';
import { stepOf } from '@qingpu/domains-slots/acting';
import { bookingLedger, type LedgerState } from '@qingpu/domains-slots/booking-ledger';
import { BlockPerson, DecideAppeal, FileAppeal, UnblockPerson } from '@qingpu/domains-slots/ledger.handlers';
import { blockDiffers, blockSpan, blockUnknown } from '@qingpu/domains-slots/ledger-rejections';
import { ledgerStream } from '@qingpu/domains-slots/streams';
import type { BlockLine, Standings } from '@qingpu/read-models-bookings/standing-queries';
import { handleBatch, inTurns } from '../http/batches.ts';
import { viewsBehind } from '../http/views-behind.ts';
import type { Platform } from '../platform.ts';

/** Of the ids of hospitals' blocks; changing it would forget which entry is which block. */
const NAMESPACE = '0b1f4f52-5f0e-5c0e-9d39-6f0a7f0b8c11';
/** What a person's appeal says when the hospital took it and only its decision comes here. */
const APPEALED_THERE = '居民在医院提出申诉，由医院受理并上传处理结果';

export interface BlacklistOutcome {
  readonly personId: string;
  readonly outcome: 'recorded' | 'unchanged' | 'lifted' | 'dismissed';
  readonly position: string;
}

type Entry = Omit<BlacklistEntry, 'institutionCode'>;

/**
 * A hospital's own black list as blocks of its source: each entry is one block, whose id follows from the hospital's
 * number of the entry. Persons' ledgers decide; the view only finds whose ledger an entry is on.
 */
export class HospitalBlacklist {
  readonly #platform: Platform;
  readonly #standings: Standings;
  readonly #bus: CommandBus;

  constructor(platform: Platform, standings: Standings, bus: CommandBus) {
    this.#platform = platform;
    this.#standings = standings;
    this.#bus = bus;
  }

  /** Puts a person on the list; the same entry again changes nothing. @throws Rejection */
  async add(
    { institutionCode, ...entry }: BlacklistEntry,
    partnerId: string,
    envelope: CommandEnvelope,
  ): Promise<BlacklistOutcome> {
    const { entryCode, person, kind, reason, from, until } = entry;
    const blockId = blockIdOf(institutionCode, entryCode);
    await this.#checkSpan(blockId, { from, until });
    const identify = new IdentifyPerson(person, partnerId, stepOf(envelope, 'identify'));
    const { personId } = await this.#bus.execute(identify);
    await this.#keepFor(personId, blockId);
    const block = {
      personId,
      blockId,
      kind,
      source: institutionCode,
      scope: institutionCode,
      reason,
      from,
      until,
    };
    const done = await this.#bus.execute(new BlockPerson(block, envelope));
    if (done.kind === 'unchanged' && (await this.#ledgerOf(personId)).blocks.get(blockId)?.lifted)
      throw blockLifted();
    return {
      personId,
      outcome: done.kind === 'accepted' ? 'recorded' : 'unchanged',
      position: done.position,
    };
  }

  /** Passes on what the hospital decided about an appeal; one that waits here is decided by it. @throws Rejection */
  async decide(
    { institutionCode, entryCode, upheld, reason }: BlacklistAppeal,
    envelope: CommandEnvelope,
  ): Promise<BlacklistOutcome> {
    const blockId = blockIdOf(institutionCode, entryCode);
    const { personId } = await this.#blockOf(blockId);
    const appealId = await this.#appealOn(personId, blockId, envelope);
    const decision = { personId, appealId, upheld, reason };
    const done = await this.#bus.execute(new DecideAppeal(decision, envelope));
    const decided = upheld ? ('lifted' as const) : ('dismissed' as const);
    return { personId, outcome: done.kind === 'accepted' ? decided : 'unchanged', position: done.position };
  }

  /** Makes the blocks of a hospital the same as its list: adds what is new, lifts what is missing. @throws HttpProblem */
  async land(
    { institutionCode, entries }: BlacklistLanding,
    partnerId: string,
    envelope: CommandEnvelope,
  ): Promise<BlacklistLandingResult & { readonly touched: readonly string[] }> {
    const answers = await handleBatch(this.#platform, envelope, entries, (entry, itemEnvelope) =>
      this.add({ institutionCode, ...entry }, partnerId, itemEnvelope),
    );
    const lifted = await this.#liftMissing(institutionCode, entries, envelope);
    const counts = { added: 0, unchanged: 0 };
    const refused: BlacklistLandingResult['refused'] = [];
    for (const [index, answer] of answers.entries()) {
      if (answer.outcome === 'recorded') counts.added += 1;
      else if (answer.outcome !== 'refused') counts.unchanged += 1;
      else {
        const { problem, detail } = answer;
        refused.push({ entryCode: entries[index]?.entryCode ?? '', problem, detail });
      }
    }
    const outcomes = [...answers.filter((answer) => answer.outcome !== 'refused'), ...lifted];
    return {
      ...counts,
      lifted: lifted.length,
      refused,
      position: furthest(outcomes.map(({ position }) => position)),
      touched: outcomes.map(({ personId }) => personId),
    };
  }

  /**
   * Lifts what the hospital's system had sent before the landing and what the list does not have. A landing that comes
   * again compares with the same moment, so that it lifts nothing that was added since.
   */
  async #liftMissing(
    institutionCode: string,
    entries: readonly Entry[],
    envelope: CommandEnvelope,
  ): Promise<BlacklistOutcome[]> {
    const moment = await this.#momentOf(envelope);
    const reason = `医院黑名单落地，名单中已无此记录（批次${envelope.commandId.slice(0, 8)}）`;
    const { items, stale } = await this.#standings.madeBy(institutionCode, reason, this.#today(), moment);
    if (stale) throw viewsBehind();
    const listed = new Set(entries.map(({ entryCode }) => blockIdOf(institutionCode, entryCode)));
    const missing = items.filter(({ blockId }) => !listed.has(blockId));
    const outcomes = await inTurns(missing, (block) =>
      this.#liftIfSent(block, BigInt(moment), { by: institutionCode, reason, envelope }),
    );
    return outcomes.flatMap((outcome) => outcome ?? []);
  }

  async #liftIfSent(
    { personId, blockId }: BlockLine,
    moment: bigint,
    {
      by,
      reason,
      envelope,
    }: { readonly by: string; readonly reason: string; readonly envelope: CommandEnvelope },
  ): Promise<BlacklistOutcome | undefined> {
    const ledger = await this.#platform.log.readStream(ledgerStream(personId));
    const sent = ledger.some(
      ({ type, data, position, metadata }) =>
        type === 'PersonBlocked' &&
        (data as { readonly blockId: string }).blockId === blockId &&
        position <= moment &&
        metadata.actor.kind === 'partner',
    );
    if (!sent) return undefined;
    const unblocking = { personId, blockId, by, reason };
    const step = stepOf(envelope, `lift ${blockId}`);
    const { position } = await this.#bus.execute(new UnblockPerson(unblocking, step));
    return { personId, outcome: 'lifted', position };
  }

  /** Where the log stood when the landing came for the first time. */
  async #momentOf({ commandId, bodyHmac }: CommandEnvelope): Promise<string> {
    const { ledger, subscription } = this.#platform;
    const id = stepCommandId(commandId, 'moment');
    await ledger.reserve(id, bodyHmac);
    const position = String(await subscription.headPosition());
    // The first record stands.
    await ledger.record(id, { kind: 'unchanged', stream: '', revision: -1, position });
    const kept = (await ledger.recall(id))?.outcome;
    return kept?.kind === 'unchanged' ? kept.position : position;
  }

  /** The ledger checks it too; but nobody is made known for an entry that can never hold. @throws Rejection */
  async #checkSpan(blockId: string, { from, until }: Pick<Entry, 'from' | 'until'>): Promise<void> {
    if (until === null || (until > from && until > this.#today())) return;
    if (!(await this.#standings.block(blockId, this.#today()))) throw blockSpan();
  }

  /** One entry is one person's: its number is kept for whoever it named first. @throws Rejection */
  async #keepFor(personId: string, blockId: string): Promise<void> {
    const { ledger } = this.#platform;
    const kept = await ledger.reserve(stepCommandId(blockId, 'person'), personId);
    const known = await this.#standings.block(blockId, this.#today());
    const others = known !== undefined && known.personId !== personId;
    if (others || (kept.status === 'seen' && kept.bodyHmac !== personId)) throw blockDiffers();
  }

  /** The appeal on a block: the one that was filed, or one that is filed now on the person's behalf. */
  async #appealOn(personId: string, blockId: string, envelope: CommandEnvelope): Promise<string> {
    const { appeals } = await this.#ledgerOf(personId);
    for (const [appealId, { subject }] of appeals)
      if (subject.kind === 'block' && subject.id === blockId) return appealId;
    const step = stepOf(envelope, 'appeal');
    const subject = { kind: 'block', id: blockId } as const;
    const appeal = { personId, appealId: step.commandId, subject, statement: APPEALED_THERE };
    await this.#bus.execute(new FileAppeal({ ...appeal, takenByHospital: true }, step));
    return step.commandId;
  }

  /** What was just sent may not be in the view yet: what is not there is looked for once more. */
  async #blockOf(blockId: string): Promise<BlockLine> {
    const known = await this.#standings.block(blockId, this.#today());
    if (known) return known;
    const { stale } = await this.#standings.caughtUp(
      String(await this.#platform.subscription.headPosition()),
    );
    const found = await this.#standings.block(blockId, this.#today());
    if (found) return found;
    throw stale ? viewsBehind() : blockUnknown();
  }

  #ledgerOf(personId: string): Promise<LedgerState> {
    return readStream(this.#platform.log, ledgerStream(personId), ledgerEvents, bookingLedger);
  }

  #today(): string {
    return shanghaiDate(this.#platform.clock.now());
  }
}

/** The block behind a hospital's own number of an entry. */
export function blockIdOf(institutionCode: string, entryCode: string): string {
  return stepCommandId(NAMESPACE, `block ${institutionCode} ${entryCode}`);
}

function furthest(positions: readonly string[]): string {
  return positions.reduce((one, other) => (BigInt(one) >= BigInt(other) ? one : other), '0');
}

function blockLifted(): Rejection {
  return new Rejection({
    code: 'block-lifted',
    status: 409,
    advice: '该黑名单记录已移除；如需再次限制，请用新的编号上传',
  });
}
