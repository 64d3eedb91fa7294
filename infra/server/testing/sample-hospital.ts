import type { DirectoryKind } from '@qingpu/contracts/events/institutions';
import {
  sampleBookingRule,
  sampleChannel,
  sampleClinic,
  sampleDepartment,
  sampleDoctor,
  sampleInstitution,
  sampleInternetClinic,
  samplePerson,
} from '@qingpu/contracts/testing/sample-directory';
import { shanghaiDate } from '@qingpu/domains-kernel/clock';
import type { PartnerClient } from './api-client.ts';

/** The one entry of each kind that `registerHospital` makes, besides the institution itself. */
export const SAMPLE_CODES = {
  department: 'K03',
  doctor: 'D001',
  clinic: 'C001',
  internetClinic: 'N001',
  channel: 'W001',
  bookingRule: 'R001',
} as const satisfies Record<Exclude<DirectoryKind, 'institution'>, string>;

/** The code of the sample entry of a kind. */
export function sampleCode(kind: DirectoryKind, institutionCode: string): string {
  return kind === 'institution' ? institutionCode : SAMPLE_CODES[kind];
}

/** One valid registration of each kind, in the order in which they build on each other. */
export function sampleRegistrations(institutionCode: string) {
  const key = <Kind extends keyof typeof SAMPLE_CODES>(kind: Kind) => ({
    institutionCode,
    code: SAMPLE_CODES[kind],
  });
  return {
    institution: { institutionCode, details: sampleInstitution(institutionCode) },
    department: { ...key('department'), details: sampleDepartment() },
    doctor: { ...key('doctor'), details: sampleDoctor(), person: samplePerson() },
    clinic: { ...key('clinic'), details: sampleClinic() },
    internetClinic: { ...key('internetClinic'), details: sampleInternetClinic() },
    channel: { ...key('channel'), details: sampleChannel() },
    bookingRule: {
      ...key('bookingRule'),
      details: sampleBookingRule({ effectiveFrom: shanghaiDate(new Date()) }),
    },
  } satisfies Record<DirectoryKind, unknown>;
}

/** Registers the hospital of a partner with one entry of each kind; answers the furthest log position. */
export async function registerHospital(
  client: PartnerClient,
  changes: Partial<ReturnType<typeof sampleInstitution>> = {},
): Promise<string> {
  let furthest = '0';
  const { institutionCode } = client.partner;
  const institution = { institutionCode, details: sampleInstitution(institutionCode, changes) };
  const entries = { ...sampleRegistrations(institutionCode), institution };
  for (const [kind, entry] of Object.entries(entries)) {
    const answer = await client.register(kind as DirectoryKind, entry);
    if (answer.status !== 201) throw new Error(`${kind} was not registered: ${answer.text}`);
    furthest = (answer.body as { readonly position: string }).position;
  }
  return furthest;
}
