const LOOK_AGAIN_MS = 500;

/**
 * Says once that a view has everything that stood in the log when this was called. Stores that cannot be asked yet are
 * asked again; nothing is kept alive by it.
 */
export function onceCovered(
  headOf: () => Promise<bigint>,
  covers: (head: bigint) => Promise<boolean>,
  say: () => void,
): void {
  let head: bigint | undefined;
  const look = async () => {
    head ??= await headOf();
    return covers(head);
  };
  const again = () => {
    setTimeout(next, LOOK_AGAIN_MS).unref();
  };
  const next = () => {
    look().then((covered) => (covered ? say() : again()), again);
  };
  next();
}
