import { readBatchAppendRequest } from './append-requests.ts';
import { encodeBatchSuccess } from './encode.ts';
import type { GrpcCall } from './grpc-call.ts';
import { GrpcServer } from './grpc-server.ts';
import { FEATURES_PATH, STREAMS_SERVICE, supportedMethods } from './server-features.ts';
import { unary } from './unary.ts';

/**
 * For benches: a program that speaks as the engine does, but answers each append at once and keeps nothing. What a
 * client reaches with it is the most that it can reach with any engine on the same machine.
 */

function answerAtOnce(call: GrpcCall): void {
  let position = 0;
  const onMessage = (bytes: Buffer): void => {
    const { correlationId, options, isFinal } = readBatchAppendRequest(bytes);
    if (!isFinal) return;
    position += 1;
    call.write(encodeBatchSuccess(correlationId, options?.stream.toString() ?? '', 0, position));
  };
  call.receive(onMessage, () => call.end());
}

const server = new GrpcServer(
  new Map([
    [FEATURES_PATH, unary(supportedMethods)],
    [`/${STREAMS_SERVICE}/BatchAppend`, answerAtOnce],
  ]),
);
const port = await server.listen('127.0.0.1', 0);
process.once('SIGTERM', () => void server.shutDown(0));
const ready = { ready: true, connectionString: `esdb://127.0.0.1:${port}?tls=false` };
process.stdout.write(`${JSON.stringify(ready)}\n`);
