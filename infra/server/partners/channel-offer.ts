import { allotmentEvents } from '@qingpu/contracts/events/channel-quotas';
import type { OfferedSchedule, PoolOrder } from '@qingpu/contracts/partners/booking-platform/pool';
import type { EventLog } from '@qingpu/domains-kernel/event-log';
import { readStream } from '@qingpu/domains-kernel/read-stream';
import { allotment, allotmentStream, allottedSlots, takenBy } from '@qingpu/domains-slots/allotment';
import type { ScheduleKey } from '@qingpu/domains-slots/streams';
import type { BookingLine } from '@qingpu/read-models-bookings/lines';
import { type SlotPool, scheduleDocumentId } from '@qingpu/read-models-slot-pool/queries';
import type { ScheduleLine } from '@qingpu/read-models-slot-pool/summaries';
import type { BookingItems } from '../slots/booking-items.ts';
import type { DirectoryNames } from '../slots/directory-names.ts';
import type { ContractDesk } from './contract-desk.ts';

export interface ChannelOfferParts {
  readonly log: Pick<EventLog, 'readStream'>;
  readonly pool: Pick<SlotPool, 'publicSlots'>;
  readonly names: DirectoryNames;
  readonly items: BookingItems;
  readonly contracts: ContractDesk;
}

/** What of the pool is on offer to one booking platform: what is the public's, within its quota. */
export class ChannelOffer {
  readonly #parts: ChannelOfferParts;

  constructor(parts: ChannelOfferParts) {
    this.#parts = parts;
  }

  /** How many of a schedule's slots the platform may sell and has sold; null without a limit. */
  async allotmentOf(partnerId: string, key: ScheduleKey, publicSlots?: number) {
    const percent = await this.#parts.contracts.percentFor(partnerId, key.institutionCode);
    if (percent === null) return null;
    const total =
      publicSlots ?? (await this.#parts.pool.publicSlots([key])).get(scheduleDocumentId(key)) ?? 0;
    const taken = await readStream(this.#parts.log, allotmentStream(key), allotmentEvents, allotment);
    return { most: allottedSlots(total, percent), used: takenBy(taken, partnerId) };
  }

  /** Schedules as the platform sees them. */
  async schedules(partnerId: string, lines: readonly ScheduleLine[]): Promise<OfferedSchedule[]> {
    const [named, publicSlots] = await Promise.all([
      this.#parts.names.joinAll(lines),
      this.#parts.pool.publicSlots(lines),
    ]);
    return Promise.all(
      named.map(async (line) => {
        const total = publicSlots.get(scheduleDocumentId(line));
        return within(line, await this.allotmentOf(partnerId, line, total));
      }),
    );
  }

  async orders(lines: readonly BookingLine[]): Promise<PoolOrder[]> {
    const items = await this.#parts.items.all(lines);
    return items.map(({ personId: _personId, may: _may, ...order }) => order);
  }
}

type NamedLine = Omit<OfferedSchedule, 'allotment'>;

/** A schedule of which the platform has sold its share is full for it, whatever others may still book. */
function within(line: NamedLine, allotted: OfferedSchedule['allotment']): OfferedSchedule {
  if (allotted === null) return { ...line, allotment: null };
  const free = Math.min(line.free, Math.max(0, allotted.most - allotted.used));
  const bookability = line.bookability === 'open' && free === 0 ? 'full' : line.bookability;
  return { ...line, free, bookability, allotment: allotted };
}
