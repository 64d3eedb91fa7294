/** Which requirements of the catalogue are covered by passing scenarios. Pure: texts in, figures out. */

export interface Coverage {
  readonly total: number;
  /** Ids whose every scenario passed, in the order of the catalogue. */
  readonly covered: readonly string[];
  readonly bySection: Readonly<Record<string, { readonly total: number; readonly covered: number }>>;
}

export interface Requirement {
  readonly id: string;
  readonly section: string;
}

/** The report or the catalogue is not what it should be; the message says what to do. */
export class CoverageFault extends Error {
  override readonly name = 'CoverageFault';
}

interface Pickle {
  readonly id: string;
  readonly name: string;
  readonly tags: readonly { readonly name: string }[];
  readonly steps: readonly object[];
}

/** What of the message report is read; see the schema of @cucumber/messages. */
interface Envelope {
  readonly pickle?: Pickle;
  readonly testCase?: { readonly id: string; readonly pickleId: string };
  readonly testCaseStarted?: { readonly id: string; readonly testCaseId: string };
  readonly testStepFinished?: {
    readonly testCaseStartedId: string;
    readonly testStepResult: { readonly status: string };
  };
  readonly testCaseFinished?: { readonly testCaseStartedId: string; readonly willBeRetried: boolean };
  readonly testRunFinished?: object;
}

interface Scenario {
  readonly name: string;
  readonly tags: readonly string[];
  readonly passed: boolean;
}

const ID_COLUMN = 'id';
const SECTION_COLUMN = 'section';

/** Reads the catalogue's table. @throws CoverageFault for a missing column or an id that comes twice */
export function readCatalogue(tsv: string): Requirement[] {
  const [head = '', ...lines] = tsv.split(/\r?\n/).filter((line) => line !== '');
  const columns = head.split('\t');
  const at = (column: string) => {
    const index = columns.indexOf(column);
    if (index === -1) throw new CoverageFault(`the catalogue has no column ${column}`);
    return index;
  };
  const [id, section] = [at(ID_COLUMN), at(SECTION_COLUMN)];
  const requirements = lines
    .map((line) => line.split('\t'))
    .map((cells) => ({
      id: cells[id] ?? '',
      section: cells[section] ?? '',
    }));
  const twice = requirements.find(
    (one, index) => requirements.findIndex((other) => other.id === one.id) < index,
  );
  if (twice) throw new CoverageFault(`the catalogue has ${twice.id} twice`);
  return requirements;
}

/**
 * An id counts as covered when at least one scenario is tagged with it and every such scenario passed.
 * @param report the newline-delimited messages of one whole run
 * @throws CoverageFault for a run that did not end, and for tags that are no ids of the catalogue
 */
export function coverageOf(report: string, catalogue: readonly Requirement[]): Coverage {
  const scenarios = scenariosIn(report);
  checkTags(scenarios, catalogue);
  const passes = new Map<string, boolean>();
  for (const { tags, passed } of scenarios) {
    for (const tag of tags) passes.set(tag, passed && (passes.get(tag) ?? true));
  }
  const isCovered = ({ id }: Requirement) => passes.get(`@${id}`) === true;
  const sections = [...new Set(catalogue.map(({ section }) => section))];
  return {
    total: catalogue.length,
    covered: catalogue.filter(isCovered).map(({ id }) => id),
    bySection: Object.fromEntries(
      sections.map((section) => {
        const own = catalogue.filter((requirement) => requirement.section === section);
        return [section, { total: own.length, covered: own.filter(isCovered).length }];
      }),
    ),
  };
}

function checkTags(scenarios: readonly Scenario[], catalogue: readonly Requirement[]): void {
  const known = new Set(catalogue.map(({ id }) => `@${id}`));
  for (const { name, tags } of scenarios) {
    const unknown = tags.find((tag) => !known.has(tag));
    if (unknown) throw new CoverageFault(`${unknown} is no id of the catalogue (scenario ${name})`);
  }
}

/** Every scenario of the run; one that was never run, or whose steps did not all pass, did not pass. */
function scenariosIn(report: string): Scenario[] {
  const messages = report.split('\n').filter((line) => line.trim() !== '');
  const envelopes = messages.map((line) => JSON.parse(line) as Envelope);
  if (!envelopes.some(({ testRunFinished }) => testRunFinished)) {
    throw new CoverageFault('the report stops before the end of its run: run `npm run test:features` again');
  }
  const passed = passedPickles(envelopes);
  return envelopes.flatMap(({ pickle }) => (pickle ? [scenarioOf(pickle, passed)] : []));
}

function scenarioOf({ id, name, tags, steps }: Pickle, passed: ReadonlySet<string | undefined>): Scenario {
  return { name, tags: tags.map((tag) => tag.name), passed: steps.length > 0 && passed.has(id) };
}

function passedPickles(envelopes: readonly Envelope[]): Set<string | undefined> {
  const pickleOf = new Map(envelopes.flatMap(({ testCase: one }) => (one ? [[one.id, one.pickleId]] : [])));
  const testCaseOf = new Map(
    envelopes.flatMap(({ testCaseStarted: one }) => (one ? [[one.id, one.testCaseId]] : [])),
  );
  const spoilt = new Set(
    envelopes.flatMap(({ testStepFinished: one }) =>
      one && one.testStepResult.status !== 'PASSED' ? [one.testCaseStartedId] : [],
    ),
  );
  const lastAttempts = envelopes.flatMap(({ testCaseFinished: one }) =>
    one && !one.willBeRetried ? [one.testCaseStartedId] : [],
  );
  const passed = lastAttempts.filter((attempt) => !spoilt.has(attempt));
  return new Set(passed.map((attempt) => pickleOf.get(testCaseOf.get(attempt) ?? '')));
}
