import { parseArgs } from 'node:util';
import { readPartnerFile } from '@qingpu/simulators/partner-credential';
import { type LoadProgress, loadDistrict } from './load.ts';

const USAGE = `Loads the synthetic district through the partner API.
  --url URL         origin of the platform, such as http://127.0.0.1:8080
  --partners FILE   JSON list of partner credentials
  --scale N         number of doctors in the district (left out: as many as a district has)
  --edition TEXT    part of the idempotency keys; another one makes the platform judge everything anew
`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      url: { type: 'string' },
      partners: { type: 'string' },
      scale: { type: 'string' },
      edition: { type: 'string' },
    },
  });
  if (!values.url || !values.partners) throw new Error(USAGE);
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort(new Error('stopped')));
  process.once('SIGTERM', () => stop.abort(new Error('stopped')));
  const summary = await loadDistrict({
    baseUrl: values.url,
    partners: await readPartnerFile(values.partners),
    scale: values.scale === undefined ? undefined : Number(values.scale),
    edition: values.edition,
    signal: stop.signal,
    onProgress: report,
  });
  const { registered, changed, unchanged, position } = summary;
  process.stdout.write(
    `registered ${registered}, changed ${changed}, unchanged ${unchanged}; log position ${position}\n`,
  );
}

function report({ institution, kind, done, total }: LoadProgress): void {
  process.stdout.write(`${done}/${total} ${institution} ${kind}\n`);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
