import { invalid } from './errors.ts';
import type { GrpcCall } from './grpc-call.ts';
import type { CallHandler } from './grpc-server.ts';

type Answer = Uint8Array | Promise<Uint8Array>;

/** Calls `answer` with the one request of a call when it is complete. Ends the call when there is none, or two. */
export function onRequest(call: GrpcCall, answer: (request: Buffer) => void): void {
  const requests: Buffer[] = [];
  const onMessage = (message: Buffer): void => {
    if (requests.push(message) > 1) throw invalid('This call takes one request');
  };
  call.receive(onMessage, () => {
    const [request] = requests;
    if (!request) throw invalid('The call had no request');
    answer(request);
  });
}

/** The handler of a method with one request and one answer; `deadline` in epoch milliseconds. */
export function unary(method: (request: Buffer, deadline: number) => Answer): CallHandler {
  const respond = async (call: GrpcCall, request: Buffer): Promise<void> => {
    call.write(await method(request, call.deadline));
    call.end();
  };
  return (call) =>
    onRequest(call, (request) => {
      respond(call, request).catch((error: unknown) => call.fail(error));
    });
}
