import { parseArgs } from 'node:util';
import { startHospitalSimulator } from './hospital-simulator.ts';
import { readPartnerFile } from './partner-credential.ts';

const USAGE = `Runs the hospital simulator.
  --partners FILE   JSON list of partner credentials
  --port N          port to listen on (9400)
  --host ADDRESS    address to listen on (127.0.0.1); the control endpoint is open to whoever reaches it
`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      partners: { type: 'string' },
      port: { type: 'string', default: '9400' },
      host: { type: 'string', default: '127.0.0.1' },
    },
  });
  if (!values.partners) throw new Error(USAGE);
  const partners = await readPartnerFile(values.partners);
  const simulator = await startHospitalSimulator({
    partners,
    port: Number(values.port),
    host: values.host,
  });
  process.stdout.write(`${partners.length} hospitals listen at ${simulator.url}\n`);
  const stop = (): void => void simulator.close();
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
