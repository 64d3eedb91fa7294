import { describe, expect, it } from 'vitest';
import { type CommitBatch, GroupCommit } from './group-commit.ts';
import { defaultLimits, type Limits } from './limits.ts';
import type { AppendCommand, WriteOutcome } from './model.ts';
import { rejection } from './test-kit.ts';

const command = (stream: string): AppendCommand => ({
  kind: 'append',
  stream,
  expected: -2,
  deadline: Number.POSITIVE_INFINITY,
  events: [],
});

/** A writer whose commits end when the test says so. */
function slowWriter() {
  const batches: { streams: string[]; end: (error?: Error) => void }[] = [];
  const commit: CommitBatch = (commands) =>
    new Promise((resolve, reject) => {
      const outcomes: WriteOutcome[] = commands.map(() => ({ kind: 'appended', revision: 0, position: 1 }));
      const end = (error?: Error): void => (error ? reject(error) : resolve(outcomes));
      batches.push({ streams: commands.map(({ stream }) => stream), end });
    });
  return { batches, commit };
}

function setUp(limits: Partial<Limits> = {}) {
  const writer = slowWriter();
  const touched: string[][] = [];
  const onCommitted = (streams: ReadonlySet<string>): void => void touched.push([...streams]);
  const commits = new GroupCommit(writer.commit, onCommitted, { ...defaultLimits, ...limits });
  return { ...writer, touched, commits };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('group commit', () => {
  it('gathers what arrives while a commit runs into the next one', async () => {
    const { commits, batches, touched } = setUp();
    const first = commits.submit(command('a'), 1);
    await turn();
    const others = ['b', 'c', 'd'].map((stream) => commits.submit(command(stream), 1));
    await turn();
    expect(batches.map(({ streams }) => streams)).toEqual([['a']]);
    batches[0]?.end();
    await first;
    await turn();
    expect(batches.map(({ streams }) => streams)).toEqual([['a'], ['b', 'c', 'd']]);
    batches[1]?.end();
    await Promise.all(others);
    // A stream and its metadata stream are touched together.
    expect(touched).toEqual([
      ['a', '$$a'],
      ['b', '$$b', 'c', '$$c', 'd', '$$d'],
    ]);
  });

  it('refuses appends over the number or size it may hold, and takes new ones later', async () => {
    const { commits, batches } = setUp({ queuedAppends: 2, queuedBytes: 100 });
    const first = commits.submit(command('a'), 60);
    expect((await rejection(commits.submit(command('b'), 60))).message).toContain('Too many bytes');
    const second = commits.submit(command('c'), 10);
    expect((await rejection(commits.submit(command('d'), 1))).message).toContain('Too many appends');
    await turn();
    batches[0]?.end();
    await Promise.all([first, second]);
    const third = commits.submit(command('e'), 100);
    await turn();
    batches[1]?.end();
    await third;
  });

  it('fails every append of a batch whose commit failed, and no other', async () => {
    const { commits, batches } = setUp();
    const failed = [commits.submit(command('a'), 1), commits.submit(command('b'), 1)].map(rejection);
    await turn();
    const next = commits.submit(command('c'), 1);
    batches[0]?.end(new Error('disk'));
    for (const error of await Promise.all(failed)) expect(error.message).toBe('disk');
    await turn();
    batches[1]?.end();
    await next;
  });

  it('answers what it accepted before it closes', async () => {
    const { commits, batches } = setUp();
    const accepted = commits.submit(command('a'), 1);
    const closed = commits.close();
    expect((await rejection(commits.submit(command('b'), 1))).message).toContain('shutting down');
    await turn();
    batches[0]?.end();
    await Promise.all([accepted, closed]);
  });
});
