import type { DirectoryKind } from '@qingpu/contracts/events/institutions';

/** What was acknowledged of one entry: by revision, the name that it has had since. */
export interface EntryRecord {
  readonly kind: DirectoryKind;
  readonly institutionCode: string;
  readonly code: string;
  readonly names: Map<number, string>;
}

/** Everything that the platform has acknowledged since the last check, and what is wrong with it. */
export class TortureRecord {
  readonly entries = new Map<string, EntryRecord>();
  readonly faults: string[] = [];
  acknowledged = 0;
  /** Requests that a kill left without an answer and that were repeated under their key. */
  repeated = 0;
  furthest = 0n;

  /** Notes an answer. Two answers for one revision of one entry mean that one of the two writes is lost. */
  acknowledge(
    { kind, institutionCode, code }: Omit<EntryRecord, 'names'>,
    name: string,
    revision: number,
    position: string,
  ): void {
    const id = `${kind} ${institutionCode} ${code}`;
    const entry = this.entries.get(id) ?? { kind, institutionCode, code, names: new Map<number, string>() };
    this.entries.set(id, entry);
    const known = entry.names.get(revision);
    if (known !== undefined && known !== name)
      this.faults.push(`${id}: revision ${revision} was acknowledged for two writes`);
    entry.names.set(revision, name);
    this.acknowledged += 1;
    if (BigInt(position) > this.furthest) this.furthest = BigInt(position);
  }

  /** Forgets what has been checked, so that long runs do not grow. */
  forget(): void {
    this.entries.clear();
  }
}
