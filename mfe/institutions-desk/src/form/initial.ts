import type { DirectoryEntry } from '@qingpu/contracts/http/institutions';
import type { Kind } from '@qingpu/mfe-kit/directory';
import type { Values } from './values.ts';

/** What a new entry starts with: the answers nobody should have to think about. */
const BLANK: { readonly [K in Kind]: Values } = {
  institution: { example: false, introduction: '' },
  department: { parentCode: null, introduction: '', location: '' },
  doctor: { expert: false },
  clinic: { doctorCode: null },
  internetClinic: { doctorCode: null },
  channel: { prepaid: false },
  bookingRule: { quotaPercent: {} },
};

export function blankValues(kind: Kind): Values {
  const details = { details: BLANK[kind] };
  return kind === 'doctor' ? { ...details, person: { expertise: '', introduction: '' } } : details;
}

/** A doctor's person is left out: the server keeps it, and nobody needs to see it to change a title. */
export function valuesOf(entry: DirectoryEntry): Values {
  return { details: entry.details };
}
