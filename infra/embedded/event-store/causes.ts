/** What went wrong, in words, with its causes behind it. Apart from errors.ts, so that the writer loads no gRPC. */
export function messageOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  return thrown.cause === undefined ? thrown.message : `${thrown.message}: ${messageOf(thrown.cause)}`;
}
