import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Coverage, CoverageFault, coverageOf, readCatalogue } from './support/coverage.ts';

/** Says which requirements the last run of the features covers; `--json` for programs. */
const CATALOGUE = new URL('requirements.tsv', import.meta.url);
const REPORT = new URL('.reports/cucumber.ndjson', import.meta.url);

function read(): Coverage {
  if (!existsSync(REPORT)) {
    throw new CoverageFault(
      `there is no report at ${fileURLToPath(REPORT)}: run \`npm run test:features\` first`,
    );
  }
  return coverageOf(readFileSync(REPORT, 'utf8'), readCatalogue(readFileSync(CATALOGUE, 'utf8')));
}

function inWords({ total, covered, bySection }: Coverage): string {
  const sections = Object.entries(bySection)
    .filter(([, section]) => section.covered > 0)
    .map(([name, section]) => `  ${section.covered}/${section.total}  ${name}`);
  return [
    `${covered.length} of ${total} requirements are covered by passing scenarios`,
    ...sections,
    covered.join(' '),
  ].join('\n');
}

try {
  const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } });
  const coverage = read();
  process.stdout.write(`${values.json ? JSON.stringify(coverage, null, 2) : inWords(coverage)}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
