import { DIRECTORY_PATHS } from '@qingpu/contracts/http/institutions';
import type { EntryKey, Kind } from '@qingpu/mfe-kit/directory';

/** Kinds of the directory page; booking rules have a page of their own. */
export const DIRECTORY_TABS = [
  { kind: 'institution', text: '机构' },
  { kind: 'department', text: '科室' },
  { kind: 'doctor', text: '医生' },
  { kind: 'clinic', text: '门诊' },
  { kind: 'internetClinic', text: '互联网门诊' },
  { kind: 'channel', text: '渠道' },
] as const satisfies readonly { kind: Kind; text: string }[];

/** The kind of a path such as `internet-clinics`; undefined for an unknown one. */
export function kindAt(path: string | undefined): Kind | undefined {
  return DIRECTORY_TABS.find(({ kind }) => DIRECTORY_PATHS[kind] === path)?.kind;
}

/** Where the list of a kind stands on the desk. */
export function listAddress(kind: Kind): string {
  return kind === 'bookingRule' ? '/desk/booking-rules' : `/desk/directory/${DIRECTORY_PATHS[kind]}`;
}

/** Where one entry stands on the desk. */
export function entryAddress(kind: Kind, { institutionCode, code }: EntryKey): string {
  return `${listAddress(kind)}/${institutionCode}/${code}`;
}
