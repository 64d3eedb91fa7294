import { once } from 'node:events';
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';
import { afterEach, expect, it } from 'vitest';
import type { GrpcCall } from './grpc-call.ts';
import { type CallHandler, GrpcServer } from './grpc-server.ts';
import { MessageSplitter } from './message-splitter.ts';
import { Outlet } from './outlet.ts';
import { Status } from './status.ts';

const PATH = '/some.Service/Method';
/** What may wait for a caller that reads nothing: gathered, in the stream, and in the caller's window. */
const MOST_WAITING_BYTES = 256 * 1024;

let server: GrpcServer;
let session: ClientHttp2Session;

async function request(handler: CallHandler, headers: Record<string, string> = {}) {
  server = new GrpcServer(new Map([[PATH, handler]]));
  session = connect(`http://127.0.0.1:${await server.listen('127.0.0.1', 0)}`);
  return session.request({ ':method': 'POST', ':path': PATH, ...headers });
}

afterEach(async () => {
  session.destroy();
  await server.shutDown(0);
});

/** All messages of a call, and the status it ended with. */
async function answerOf(stream: ClientHttp2Stream) {
  const messages: string[] = [];
  const splitter = new MessageSplitter();
  let end: Record<string, unknown> = {};
  stream.on('response', (headers) => {
    end = headers;
  });
  stream.on('trailers', (trailers) => {
    end = trailers;
  });
  stream.on('data', (chunk: Buffer) => splitter.take(chunk, (message) => messages.push(message.toString())));
  await once(stream, 'end');
  return { messages, code: Number(end['grpc-status']), text: decodeURI(String(end['grpc-message'] ?? '')) };
}

it('makes whoever writes wait for a caller that does not read, and then sends all of it in order', async () => {
  const message = (n: number): string => `${n} `.padEnd(1000, 'x');
  let sent = 0;
  const stream = await request((call) => {
    const send = async (): Promise<void> => {
      const outlet = new Outlet(call);
      for (; sent < 2000; sent += 1) await outlet.send(Buffer.from(message(sent)));
      call.end();
    };
    void send();
  });
  await once(stream, 'response');
  let before: number;
  do {
    before = sent;
    await new Promise((resolve) => setTimeout(resolve, 50));
  } while (before !== sent);
  expect(sent * 1000).toBeLessThan(MOST_WAITING_BYTES);
  const { messages, code } = await answerOf(stream);
  expect(messages).toEqual(Array.from({ length: 2000 }, (_, n) => message(n)));
  expect(code).toBe(Status.OK);
});

it('stops waiting when the caller leaves', async () => {
  let done: Promise<void> | undefined;
  const stream = await request((call) => {
    const send = async (): Promise<void> => {
      const outlet = new Outlet(call);
      while (outlet.open) await outlet.send(Buffer.alloc(10_000));
    };
    done = send();
  });
  await once(stream, 'response');
  stream.destroy();
  await done;
});

it('sends what was written before it fails', async () => {
  const stream = await request((call) => {
    call.write(Buffer.from('one'));
    call.write(Buffer.from('two'));
    call.fail(new Error('盘坏了\ud800'));
    call.write(Buffer.from('three'));
    call.end();
  });
  expect(await answerOf(stream)).toEqual({
    messages: ['one', 'two'],
    code: Status.INTERNAL,
    text: '盘坏了\ufffd',
  });
});

it('ends at its deadline, and says so to whoever serves it', async () => {
  let closed = false;
  let served: GrpcCall | undefined;
  const handler = (call: GrpcCall): void => {
    served = call;
    call.onClosed(() => {
      closed = true;
    });
  };
  const stream = await request(handler, { 'grpc-timeout': '30m' });
  expect(await answerOf(stream)).toMatchObject({ messages: [], code: Status.DEADLINE_EXCEEDED });
  expect(closed).toBe(true);
  expect(served?.open).toBe(false);
});

it.each([
  ['2H', 7_200_000],
  ['3M', 180_000],
  ['5S', 5000],
  ['7000000u', 7000],
  ['99999999n', 100],
])('reads the time-out %s', async (text, milliseconds) => {
  const before = Date.now();
  let deadline = 0;
  const stream = await request(
    (call) => {
      deadline = call.deadline;
      call.end();
    },
    { 'grpc-timeout': text },
  );
  await answerOf(stream);
  expect(deadline - before).toBeGreaterThanOrEqual(milliseconds - 1);
  expect(deadline - Date.now()).toBeLessThanOrEqual(milliseconds);
});

it.each([undefined, 'soon', '-1S'])('has no deadline when the time-out is %s', async (text) => {
  let deadline = 0;
  const stream = await request(
    (call) => {
      deadline = call.deadline;
      call.end();
    },
    text === undefined ? {} : { 'grpc-timeout': text },
  );
  await answerOf(stream);
  expect(deadline).toBe(Number.POSITIVE_INFINITY);
});

it('gives up a call whose handler throws on a message, and forgets the rest', async () => {
  let messages = 0;
  const stream = await request((call) => {
    call.receive(
      () => {
        messages += 1;
        throw new Error('unexpected');
      },
      () => undefined,
    );
  });
  stream.write(Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
  expect(await answerOf(stream)).toMatchObject({ code: Status.INTERNAL, text: 'unexpected' });
  expect(messages).toBe(1);
});
