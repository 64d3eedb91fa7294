/** A document of about 300 bytes as BSON. */
export interface Visit {
  readonly _id: number;
  readonly ward: number;
  readonly n: number;
  readonly name: string;
  readonly tags: readonly string[];
  readonly note: string;
  readonly revision: number;
}

/** So many visits are in each ward, however many there are in all. */
export const VISITS_PER_WARD = 200;

export function wardsOf(visits: number): number {
  return Math.ceil(visits / VISITS_PER_WARD);
}

/** The visit with this number among so many. */
export function visitOf(n: number, visits: number, revision = 1): Visit {
  return {
    _id: n,
    ward: n % wardsOf(visits),
    n,
    name: `name-${(n * 7919) % visits}`,
    tags: [`t${n % 100}`],
    note: '随访记录，血压平稳，继续服药半年。'.repeat(4),
    revision,
  };
}
