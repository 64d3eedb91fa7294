import { residentIdCheckCharacter } from '@qingpu/contracts/codes/resident-id';
import { syntheticName } from './names.ts';
import { randomOf } from './random.ts';

/*
 * Residents that nobody is. How to recognise them: identity numbers have the area 310000, which is the whole city and
 * not a district that issues numbers, and a sequence from 500 on, which doctors' numbers never reach; mobiles start
 * with 19901 to 19909.
 */

export interface SyntheticResident {
  readonly name: string;
  readonly identityKind: '01';
  readonly identityNumber: string;
  readonly sex: '1' | '2';
  /** YYYY-MM-DD. */
  readonly birthDate: string;
  readonly mobile: string;
}

/** As many as the national register's simulator knows unless told. */
export const USUAL_RESIDENTS = 2_000;
/** Up to here no two are alike. */
export const MOST_RESIDENTS = 2_000_000;

const FIRST_BIRTH_DAY = Date.UTC(1936, 0, 1);
/** Up to the end of 2025. */
const BIRTH_DAYS = 32_873;
const DAY_MS = 86_400_000;
/** Prime and no divisor of the ranges, so that multiplying by it shuffles a range without repeating. */
const SHUFFLE = 7919;
const MOBILES = 1_000_000;

/** Resident `index` (from 0); how many others there are makes no difference. */
export function syntheticResident(index: number): SyntheticResident {
  if (index < 0 || index >= MOST_RESIDENTS) throw new RangeError('more residents than synthetic identities');
  const random = randomOf(`resident/${index}`);
  const sex = random.chance(0.49) ? '1' : '2';
  const birthDate = dayOf((index * SHUFFLE) % BIRTH_DAYS);
  // Odd numbers are male, even ones female (GB 11643).
  const sequence = 500 + Math.floor(index / BIRTH_DAYS) * 2 + (sex === '1' ? 1 : 0);
  const first17 = `310000${birthDate.replaceAll('-', '')}${sequence}`;
  return {
    name: syntheticName(random, sex),
    identityKind: '01',
    identityNumber: first17 + residentIdCheckCharacter(first17),
    sex,
    birthDate,
    mobile: `1990${1 + Math.floor(index / MOBILES)}${String((index * SHUFFLE) % MOBILES).padStart(6, '0')}`,
  };
}

function dayOf(day: number): string {
  return new Date(FIRST_BIRTH_DAY + day * DAY_MS).toISOString().slice(0, 10);
}

/** The first residents of the district, the same every time. */
export function syntheticResidents(count = USUAL_RESIDENTS): readonly SyntheticResident[] {
  return Array.from({ length: count }, (_none, index) => syntheticResident(index));
}

/** Which family an account of a development installation acts for. */
export interface ResidentFamily {
  readonly holder: SyntheticResident;
  readonly members: readonly {
    readonly person: SyntheticResident;
    readonly relation: 'spouse' | 'child' | 'parent';
  }[];
}

interface Ages {
  readonly bornFrom: string;
  readonly bornUntil: string;
}
const GROWN_UP: Ages = { bornFrom: '1975-01-01', bornUntil: '1995-12-31' };
const CHILD: Ages = { bornFrom: '2016-01-01', bornUntil: '2024-12-31' };
const OLD: Ages = { bornFrom: '1940-01-01', bornUntil: '1955-12-31' };

/**
 * The people behind the residents' accounts, nobody in two families: `registered` ones are loaded with the district,
 * `newcomers` have yet to register.
 */
export function residentFamilies(): {
  readonly registered: readonly [ResidentFamily, ResidentFamily, ResidentFamily, ResidentFamily];
  readonly newcomers: readonly ResidentFamily[];
} {
  const people = new Set(syntheticResidents());
  const take = ({ bornFrom, bornUntil }: Ages): SyntheticResident => {
    const found = [...people].find(({ birthDate }) => birthDate >= bornFrom && birthDate <= bornUntil);
    if (!found) throw new RangeError('nobody of that age is left');
    people.delete(found);
    return found;
  };
  const family = (...relations: readonly ('spouse' | 'child' | 'parent')[]): ResidentFamily => ({
    holder: take(GROWN_UP),
    members: relations.map((relation) => ({ relation, person: take(AGES[relation]) })),
  });
  return {
    registered: [family('spouse', 'child', 'parent'), family('child', 'child'), family('parent'), family()],
    newcomers: Array.from({ length: NEWCOMERS }, () => family('child')),
  };
}

const AGES = { spouse: GROWN_UP, child: CHILD, parent: OLD } as const;
export const NEWCOMERS = 6;
