/**
 * Measures sealing, opening, SM2 and audit appends on this machine and disk, in operations per second:
 * `node infra/crypto/dist/testing/throughput.main.js [folder for the audit log]`.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AuditLog } from '../audit-log.ts';
import { verifyAuditLog } from '../audit-verify.ts';
import { EnvelopeSealer } from '../sealer.ts';
import { ephemeralProvider } from './ephemeral-provider.ts';
import { FakeDataKeyStore } from './fake-data-key-store.ts';

const SECONDS = 3;

/** Runs that many loops of the operation side by side for some seconds. */
async function measure(name: string, loops: number, operation: (count: number) => Promise<unknown>) {
  const start = performance.now();
  const end = start + SECONDS * 1_000;
  let done = 0;
  const loop = async () => {
    while (performance.now() < end) {
      await operation(done);
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: loops }, loop));
  const rate = Math.round((done * 1_000) / (performance.now() - start));
  process.stdout.write(`${name.padEnd(34)} ${String(rate).padStart(8)} /s\n`);
}

const provider = ephemeralProvider();
const content = { name: '王小明', note: 'x'.repeat(1_000) };

const sealer = await EnvelopeSealer.create({ provider, store: new FakeDataKeyStore() });
await measure('seal 1 KB, key cached', 1, (i) => sealer.seal(`person-${i % 100}`, content));
await measure('seal 1 KB, new person each time', 1, (i) => sealer.seal(`new-${i}`, content));
const sealed = await sealer.seal('person-1', content);
await measure('open 1 KB, key cached', 1, () => sealer.open(sealed));

const message = provider.randomBytes(100);
const { privateKey, publicKey } = await provider.sm2.generateKeyPair();
const signature = await provider.sm2.sign(privateKey, message);
await measure('SM2 sign, 2 threads', 4, () => provider.sm2.sign(privateKey, message));
await measure('SM2 verify, 2 threads', 4, () => provider.sm2.verify(publicKey, message, signature));

const folder = await mkdtemp(join(process.argv[2] ?? tmpdir(), 'qingpu-audit-'));
const log = await AuditLog.open({ folder, provider });
const actor = { kind: 'staff', id: '5f0c2a1e-1111-4222-8333-944445555666', role: 'doctor' };
for (const writers of [1, 16, 64, 256])
  await measure(`audit append, ${writers} at once`, writers, (i) =>
    log.append({
      requestId: `r-${i}`,
      actor,
      action: 'GET /api/persons/{id}',
      target: 'person/1',
      outcome: 200,
    }),
  );
await log.close();
const start = performance.now();
const { files } = await verifyAuditLog({ folder, provider });
const entries = files.reduce((sum, file) => sum + file.entries, 0);
const rate = Math.round((entries * 1_000) / (performance.now() - start));
process.stdout.write(`${'audit verify, entries'.padEnd(34)} ${String(rate).padStart(8)} /s\n`);
await rm(folder, { recursive: true });
await provider.close();
