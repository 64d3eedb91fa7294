import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { coverageOf, readCatalogue } from './support/coverage.ts';

const CATALOGUE = readCatalogue(
  [
    'id\tcontext\tsection\ttext',
    'A1.01\tvisits\t甲\t一',
    'A1.02\tvisits\t甲\t二',
    'B1.01\tslots\t乙\t三',
    '',
  ].join('\n'),
);

interface Run {
  readonly tags: readonly string[];
  /** Statuses of the steps of each attempt; none when the scenario never ran. */
  readonly attempts: readonly (readonly string[])[];
}

/** A report as cucumber writes it, of these scenarios. */
function reportOf(runs: readonly Run[], ended = true): string {
  const messages = runs.flatMap(({ tags, attempts }, run) => [
    {
      pickle: {
        id: `p${run}`,
        name: `scenario ${run}`,
        tags: tags.map((name) => ({ name })),
        steps: (attempts[0] ?? ['PASSED']).map(() => ({})),
      },
    },
    { testCase: { id: `c${run}`, pickleId: `p${run}` } },
    ...attempts.flatMap((statuses, attempt) => {
      const id = `s${run}.${attempt}`;
      return [
        { testCaseStarted: { id, testCaseId: `c${run}` } },
        ...statuses.map((status) => ({
          testStepFinished: { testCaseStartedId: id, testStepResult: { status } },
        })),
        { testCaseFinished: { testCaseStartedId: id, willBeRetried: attempt < attempts.length - 1 } },
      ];
    }),
  ]);
  return [...messages, ...(ended ? [{ testRunFinished: {} }] : [])]
    .map((message) => JSON.stringify(message))
    .join('\n');
}

const passing = (...tags: string[]): Run => ({ tags, attempts: [['PASSED', 'PASSED']] });
const coveredBy = (...runs: Run[]) => coverageOf(reportOf(runs), CATALOGUE).covered;

describe('coverage', () => {
  it('counts ids with passing scenarios, in the order of the catalogue and by section', () => {
    assert.deepEqual(coverageOf(reportOf([passing('@B1.01'), passing('@A1.01')]), CATALOGUE), {
      total: 3,
      covered: ['A1.01', 'B1.01'],
      bySection: { 甲: { total: 2, covered: 1 }, 乙: { total: 1, covered: 1 } },
    });
  });

  it('counts an id only when every scenario tagged with it passed, whichever came first', () => {
    const failing: Run = { tags: ['@A1.01', '@A1.02'], attempts: [['PASSED', 'FAILED', 'SKIPPED']] };
    assert.deepEqual(coveredBy(passing('@A1.01'), failing), []);
    assert.deepEqual(coveredBy(failing, passing('@A1.01'), passing('@B1.01')), ['B1.01']);
  });

  for (const status of ['FAILED', 'SKIPPED', 'PENDING', 'UNDEFINED', 'AMBIGUOUS', 'UNKNOWN']) {
    it(`takes a step that is ${status} as no pass`, () => {
      assert.deepEqual(coveredBy({ tags: ['@A1.01'], attempts: [['PASSED', status]] }), []);
    });
  }

  it('takes a scenario that never ran, or has no steps, as no pass', () => {
    assert.deepEqual(coveredBy({ tags: ['@A1.01'], attempts: [] }, { tags: ['@A1.02'], attempts: [[]] }), []);
  });

  it('counts the last attempt of a scenario that was retried', () => {
    assert.deepEqual(coveredBy({ tags: ['@A1.01'], attempts: [['FAILED'], ['PASSED']] }), ['A1.01']);
    assert.deepEqual(coveredBy({ tags: ['@A1.01'], attempts: [['PASSED'], ['FAILED']] }), []);
  });

  it('refuses a tag that is no id of the catalogue', () => {
    assert.throws(() => coveredBy(passing('@A9.99')), /@A9\.99 is no id of the catalogue/);
    assert.throws(() => coveredBy(passing('@wip')), /@wip/);
  });

  it('refuses the report of a run that did not end', () => {
    assert.throws(
      () => coverageOf(reportOf([passing('@A1.01')], false), CATALOGUE),
      /run `npm run test:features` again/,
    );
  });

  it('refuses a catalogue with an id twice or without ids', () => {
    assert.throws(() => readCatalogue('id\tsection\nA\t甲\nA\t乙'), /A twice/);
    assert.throws(() => readCatalogue('section\n甲'), /no column id/);
  });
});
