import { invalid } from './errors.ts';
import type { Limits } from './limits.ts';
import type { RecordedEvent } from './model.ts';

/** Events scanned per search window unless the client names another; EventStoreDB's own default. */
export const DEFAULT_WINDOW = 32;

export interface FilterRequest {
  readonly on: 'stream' | 'type';
  /** Empty when prefixes are used. */
  readonly pattern: string;
  readonly prefixes: readonly string[];
  readonly window: number;
  readonly intervalMultiplier: number;
}

export interface EventFilter {
  matches(event: RecordedEvent): boolean;
  /** Scanned events between two checkpoints. */
  readonly checkpointInterval: number;
}

/**
 * Builds the filter of a $all subscription.
 * @throws Refusal when the pattern is no regular expression, too long, or could take exponential time
 */
export function createFilter(request: FilterRequest, limits: Limits): EventFilter {
  const checkpointInterval = request.window * request.intervalMultiplier;
  if (!(checkpointInterval > 0)) throw invalid('The checkpoint interval of a filter must be positive');
  const accepts = request.prefixes.length > 0 ? prefixTest(request, limits) : patternTest(request, limits);
  const matches =
    request.on === 'stream'
      ? (event: RecordedEvent) => accepts(event.stream)
      : (event: RecordedEvent) => accepts(event.type);
  return { matches, checkpointInterval };
}

function prefixTest({ prefixes }: FilterRequest, limits: Limits): (text: string) => boolean {
  if (prefixes.length > limits.filterPrefixes) {
    throw invalid(`A filter may have ${limits.filterPrefixes} prefixes at most`);
  }
  return (text) => prefixes.some((prefix) => text.startsWith(prefix));
}

function patternTest({ pattern }: FilterRequest, limits: Limits): (text: string) => boolean {
  if (pattern === '') throw invalid('A filter needs a regular expression or prefixes');
  if (pattern.length > limits.filterPatternLength) {
    throw invalid(
      `The regular expression of a filter may have ${limits.filterPatternLength} characters at most`,
    );
  }
  const expression = compile(pattern);
  if (mayExplode(pattern)) {
    throw invalid(
      'The regular expression of a filter has too many repetitions, a back reference, or a repeated group that ' +
        'itself repeats or branches; matching it could take very long',
    );
  }
  return (text) => expression.test(text);
}

function compile(pattern: string): RegExp {
  try {
    return new RegExp(pattern);
  } catch (error) {
    throw invalid(`The regular expression of a filter is invalid: ${String(error)}`);
  }
}

/** More repetitions than this in one pattern could make a match on a long name take minutes. */
const REPETITIONS = 3;

/**
 * Whether a pattern could run for long: many repetitions, a back reference, or a repeated group that itself holds
 * a repetition or an alternative. A match runs on the thread that serves everyone, so such patterns are refused.
 */
function mayExplode(pattern: string): boolean {
  const backReferences = /\\[1-9k]/.test(pattern);
  // Escapes, character classes and the marks after an opening bracket hide the characters looked for below.
  const plain = pattern
    .replace(/\\./g, 'x')
    .replace(/\[[^\]]*\]/g, 'x')
    .replace(/\(\?/g, '(');
  const repetitions = plain.match(/[*+{]/g)?.length ?? 0;
  return backReferences || repetitions > REPETITIONS || repeatsBranchingGroup(plain);
}

function repeatsBranchingGroup(plain: string): boolean {
  const branching: boolean[] = [false];
  const mark = (): void => {
    branching[branching.length - 1] = true;
  };
  for (let index = 0; index < plain.length; index += 1) {
    const character = plain.charAt(index);
    if (character === '(') branching.push(false);
    else if ('*+{?|'.includes(character)) mark();
    else if (character === ')' && branching.pop()) {
      if ('*+{'.includes(plain.charAt(index + 1) || 'x')) return true;
      mark();
    }
  }
  return false;
}
