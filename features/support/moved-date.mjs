import { readFileSync, writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

/*
 * Loaded before the host of a scenario in which time passes: its clock is ahead of the machine's by as many milliseconds
 * as a file says. Everything else in the process stays as it is in production.
 */

const LOOK_AGAIN_MS = 20;
const file = process.env.FEATURES_CLOCK_OFFSET;
const Machine = Date;
let offset = 0;

function look() {
  const text = readFileSync(file, 'utf8');
  // While the file is being written it may be empty.
  if (text === '' || Number(text) === offset) return;
  offset = Number(text);
  if (isMainThread) writeFileSync(`${file}.seen`, text);
}

const now = () => Machine.now() + offset;

globalThis.Date = new Proxy(Machine, {
  construct: (target, given, newTarget) =>
    Reflect.construct(target, given.length === 0 ? [now()] : given, newTarget),
  apply: () => new Machine(now()).toString(),
  get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
});

if (file !== undefined) {
  look();
  setInterval(look, LOOK_AGAIN_MS).unref();
}
