import { type SyntheticResident, syntheticResidents } from '@qingpu/data/residents';

/** Grown-ups and children whom the simulated register knows, for specs: each is handed out once. */
export class SyntheticPeople {
  readonly #people = [...syntheticResidents()].reverse();

  grownUp(): SyntheticResident {
    return this.#take(({ birthDate }) => birthDate >= '1970-01-01' && birthDate <= '1999-12-31');
  }

  child(): SyntheticResident {
    return this.#take(({ birthDate }) => birthDate >= '2018-01-01');
  }

  #take(fits: (person: SyntheticResident) => boolean): SyntheticResident {
    const index = this.#people.findIndex(fits);
    const [taken] = index < 0 ? [] : this.#people.splice(index, 1);
    if (!taken) throw new Error('nobody of that age is left');
    return taken;
  }
}

/** A synthetic resident as they would type themselves in. */
export function typedIn(
  { name, identityKind, identityNumber, mobile }: SyntheticResident,
  changes: object = {},
) {
  return { name, identityKind, identityNumber, mobile, ...changes };
}
