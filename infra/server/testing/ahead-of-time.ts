/** Settings of a host's process whose clock is ahead of the machine's, and runs on as fast. @param ms by how much */
export function aheadOfTime(ms: number): Readonly<Record<string, string>> {
  const source = `
    const Machine = Date;
    const now = () => Machine.now() + ${ms};
    globalThis.Date = new Proxy(Machine, {
      construct: (target, given, newTarget) =>
        Reflect.construct(target, given.length === 0 ? [now()] : given, newTarget),
      apply: () => new Machine(now()).toString(),
      get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
    });`;
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(source)}` };
}
