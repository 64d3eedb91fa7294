import type { Profiler } from 'node:inspector';

type Node = Profiler.ProfileNode;

export interface Share {
  readonly module: string;
  /** Of the time in which the thread was at work; all shares add up to 1. */
  readonly share: number;
  /** The functions that took most of it by themselves, as `name file:line share`. */
  readonly top: readonly string[];
}

const IDLE = '(idle)';
/** The start and the end of the profile itself. */
const INSPECTOR = 'node:inspector';
const MOST_FUNCTIONS = 6;

/**
 * The first that a file's path contains says to which module its time belongs. Node's own files and shared helpers are
 * nobody's: their time is that of the nearest caller who is somebody's.
 */
const MODULES: readonly (readonly [module: string, part: string])[] = [
  ['audit', '/infra/crypto/dist/audit-'],
  ['audit', '/infra/server/dist/http/audit'],
  ['session', '/infra/server/dist/access/'],
  ['projections', '/read-models/'],
  ['projections', '/infra/runtime/dist/view-runner'],
  ['projections', '/infra/document-store/dist/mongo-view-store'],
  ['processes', '/infra/runtime/dist/process-runner'],
  ['processes', '/infra/runtime/dist/delivery-worker'],
  ['processes', '/infra/server/dist/operations/'],
  ['processes', '/domains/messaging/'],
  ['processes', '.process.js'],
  ['consumers', '/infra/runtime/'],
  ['domain', '/domains/'],
  ['domain', '/contracts/'],
  ['booking desk', '/infra/server/dist/slots/'],
  ['booking desk', '/infra/server/dist/residents/'],
  ['HTTP', '/infra/server/'],
  ['HTTP', '/node_modules/@nestjs/'],
  ['HTTP', '/node_modules/fastify'],
  ['HTTP', '/node_modules/@fastify/'],
  ['HTTP', '/node_modules/find-my-way'],
  ['HTTP', '/node_modules/pino'],
  ['HTTP', '/node_modules/nestjs-pino'],
  ['HTTP', '/node_modules/prom-client'],
  ['event store client', '/node_modules/@eventstore/'],
  ['event store client', '/node_modules/@grpc/'],
  ['event store client', '/node_modules/google-protobuf/'],
  ['event store client', '/infra/event-store/'],
  ['mongodb driver', '/node_modules/mongodb/'],
  ['mongodb driver', '/node_modules/bson/'],
  ['mongodb driver', '/infra/document-store/'],
  ['crypto', '/infra/crypto/'],
  ['crypto', '/node_modules/sm-crypto/'],
  ['schema checks', '/node_modules/zod/'],
];

/** Summarises where a thread spent its time, by the module of the function that was running or had called it. */
export function summarise(profile: Profiler.Profile): Share[] {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const parents = new Map(
    profile.nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node])),
  );
  const times = timesOf(profile);
  const modules = new Map<string, Map<string, number>>();
  let all = 0;
  for (const [id, time] of times) {
    const node = nodes.get(id);
    const { functionName = IDLE, url = '' } = node?.callFrame ?? {};
    if (!node || functionName === IDLE || url === INSPECTOR) continue;
    all += time;
    const module = moduleOf(node, parents);
    const functions = modules.get(module) ?? new Map<string, number>();
    modules.set(module, functions.set(nameOf(node), (functions.get(nameOf(node)) ?? 0) + time));
  }
  return [...modules].map(([module, functions]) => shareOf(module, functions, all)).toSorted(byShare);
}

function byShare(a: Share, b: Share): number {
  return b.share - a.share;
}

function timesOf({ samples = [], timeDeltas = [] }: Profiler.Profile): Map<number, number> {
  const times = new Map<number, number>();
  for (const [index, id] of samples.entries()) times.set(id, (times.get(id) ?? 0) + (timeDeltas[index] ?? 0));
  return times;
}

function moduleOf(node: Node, parents: ReadonlyMap<number, Node>): string {
  for (let at: Node | undefined = node; at; at = parents.get(at.id)) {
    const { url, functionName } = at.callFrame;
    if (functionName === '(garbage collector)') return 'garbage collection';
    const found = MODULES.find(([, part]) => url.includes(part));
    if (found) return found[0];
  }
  return 'node itself';
}

function nameOf({ callFrame: { functionName, url, lineNumber } }: Node): string {
  const file = url.split('/').slice(-2).join('/');
  return `${functionName === '' ? '(anonymous)' : functionName} ${file}:${lineNumber + 1}`;
}

function shareOf(module: string, functions: ReadonlyMap<string, number>, all: number): Share {
  const sum = [...functions.values()].reduce((total, time) => total + time, 0);
  const top = [...functions].toSorted(([, a], [, b]) => b - a).slice(0, MOST_FUNCTIONS);
  return {
    module,
    share: round(sum / all),
    top: top.map(([name, time]) => `${name} ${round(time / all)}`),
  };
}

function round(share: number): number {
  return Math.round(share * 1000) / 1000;
}
