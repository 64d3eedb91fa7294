import { DIRECTORY_KINDS } from '@qingpu/contracts/events/institutions';
import { type Answer, type DeskClient, directoryPath, type PartnerClient } from './api-client.ts';
import { sampleCode, sampleRegistrations } from './sample-hospital.ts';

/**
 * Everything that the directory says of the sample entries and their timelines, and how many entries there are of each
 * kind; two snapshots are equal when nothing happened in between.
 */
export async function snapshotOf(admin: DeskClient, partner: PartnerClient): Promise<unknown> {
  const after = await headOf(partner);
  const { institutionCode } = partner.partner;
  return Promise.all(
    DIRECTORY_KINDS.map(async (kind) => {
      const entry = directoryPath(kind, institutionCode, sampleCode(kind, institutionCode));
      const read = async (target: string) => contentOf(await admin.get(target));
      return [
        await read(`${entry}?after=${after}`),
        await read(`${entry}/history?after=${after}`),
        await read(`${directoryPath(kind)}?status=all&size=100&after=${after}`),
      ];
    }),
  );
}

/** A position of the log that no earlier event lies beyond: that of a new entry in an institution of its own. */
async function headOf(partner: PartnerClient): Promise<string> {
  const { channel } = sampleRegistrations(partner.partner.institutionCode);
  const marker = await partner.register('channel', { ...channel, code: 'MARKER', details: nextDetails() });
  return (marker.body as { readonly position: string }).position;
}

let marks = 0;
function nextDetails() {
  marks += 1;
  return { name: `位置标记${marks}`, kind: 'phone', prepaid: false };
}

/** The marker moves on with every snapshot, and time with every event; both say nothing of what is compared. */
function contentOf({ status, body }: Answer): unknown {
  return {
    status,
    body: JSON.parse(JSON.stringify(body), (key, value: unknown) => {
      if (key === 'asOf') return undefined;
      return isMarker(value) ? 'marker' : value;
    }),
  };
}

function isMarker(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'code' in value && value.code === 'MARKER';
}
