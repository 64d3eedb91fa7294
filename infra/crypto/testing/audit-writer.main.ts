/**
 * A process that appends to an audit log without end, for tests that kill it. Arguments: audit folder, key file,
 * prefix of the request ids. Writes the id of every acknowledged entry to standard output, one a line.
 */
import { writeSync } from 'node:fs';
import { AuditLog } from '../audit-log.ts';
import { loadOrCreateMasterKeys } from '../master-key-file.ts';
import { SoftwareProvider } from '../software-provider.ts';

const [folder = '', keyFile = '', prefix = ''] = process.argv.slice(2);
const WRITERS = 8;

const provider = new SoftwareProvider(await loadOrCreateMasterKeys(keyFile));
const log = await AuditLog.open({ folder, provider });

async function appendWithoutEnd(writer: number): Promise<void> {
  for (let count = 0; ; count += 1) {
    const requestId = `${prefix}-${writer}-${count}`;
    const actor = { kind: 'staff', id: `staff-${writer}`, role: 'doctor' };
    await log.append({ requestId, actor, action: 'GET /api/test', target: `person/${count}`, outcome: 200 });
    writeSync(1, `${requestId}\n`);
  }
}

await Promise.all(Array.from({ length: WRITERS }, (_, writer) => appendWithoutEnd(writer)));
