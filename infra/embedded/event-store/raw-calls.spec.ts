import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectHttp2, constants } from 'node:http2';
import { type Client, credentials, type ServiceError, status } from '@grpc/grpc-js';
import emptyProto from 'google-protobuf/google/protobuf/empty_pb.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shared, streams } from './generated.ts';
import {
  countOf,
  type EmbeddedTestStore,
  rejection,
  startTestStore,
  streamError,
  streamsGrpc,
} from './test-kit.ts';

/** Calls that the client cannot be made to send, through the generated stubs. */

let store: EmbeddedTestStore;
let grpc: InstanceType<typeof streamsGrpc.StreamsClient>;
beforeAll(async () => {
  store = await startTestStore({ limits: { unfinishedAppends: 2 } });
  grpc = new streamsGrpc.StreamsClient(`127.0.0.1:${store.store.port}`, credentials.createInsecure());
});
afterAll(async () => {
  grpc.close();
  await store.close();
});

const identifierOf = (stream: string) => new shared.StreamIdentifier().setStreamName(Buffer.from(stream));

describe('the unary append', () => {
  function options(stream: string): streams.AppendReq.Options {
    return new streams.AppendReq.Options().setStreamIdentifier(identifierOf(stream));
  }

  function append(header: streams.AppendReq.Options, data: Uint8Array, type = 'T') {
    return new Promise<streams.AppendResp>((resolve, reject) => {
      const call = grpc.append((error, answer) => (error ? reject(error) : resolve(answer)));
      const message = new streams.AppendReq.ProposedMessage()
        .setId(new shared.UUID().setString(randomUUID()))
        .setData(data);
      if (type) message.getMetadataMap().set('type', type).set('content-type', 'application/octet-stream');
      call.write(new streams.AppendReq().setOptions(header));
      call.write(new streams.AppendReq().setProposedMessage(message));
      call.end();
    });
  }

  it('answers success and, in its body, conflicts', async () => {
    const header = options('unary').setNoStream(new shared.Empty());
    const first = await append(header, Buffer.from('x'));
    expect(first.getSuccess()?.getCurrentRevision()).toBe('0');
    const conflict = (await append(header, Buffer.from('x'))).getWrongExpectedVersion();
    expect(conflict?.getCurrentRevision()).toBe('0');
    expect(conflict?.hasExpectedNoStream()).toBe(true);
    const exact = (
      await append(options('unary-2').setRevision('4'), Buffer.from('x'))
    ).getWrongExpectedVersion();
    expect(exact?.hasCurrentNoStream()).toBe(true);
    expect(exact?.getExpectedRevision()).toBe('4');
  });

  it('names in trailers what is wrong with an append', async () => {
    const header = options('unary-3').setAny(new shared.Empty());
    const tooBig = (await rejection(append(header, Buffer.alloc(2 ** 20)))) as ServiceError;
    expect(tooBig.metadata.getMap()).toMatchObject({
      exception: 'maximum-append-size-exceeded',
      'maximum-append-size': '1048576',
    });
    const untyped = (await rejection(append(header, Buffer.from('x'), ''))) as ServiceError;
    expect(untyped.metadata.getMap()).toMatchObject({
      exception: 'missing-required-metadata-property',
      'required-metadata-properties': 'type,content-type',
    });
  });
});

describe('the batch append', () => {
  function chunk(id: string, final: boolean, stream?: string): streams.BatchAppendReq {
    const request = new streams.BatchAppendReq()
      .setCorrelationId(new shared.UUID().setString(id))
      .setIsFinal(final);
    const message = new streams.BatchAppendReq.ProposedMessage().setId(
      new shared.UUID().setString(randomUUID()),
    );
    message.getMetadataMap().set('type', 'T').set('content-type', 'application/json');
    request.addProposedMessages(message);
    if (!stream) return request;
    const options = new streams.BatchAppendReq.Options().setStreamIdentifier(identifierOf(stream));
    return request.setOptions(options.setAny(new emptyProto.Empty()));
  }

  /** Sends requests, ends the sending side, and gathers the answers. */
  function exchange(requests: readonly streams.BatchAppendReq[]): Promise<streams.BatchAppendResp[]> {
    return new Promise((resolve, reject) => {
      const answers: streams.BatchAppendResp[] = [];
      const call = grpc.batchAppend();
      call.on('data', (answer: streams.BatchAppendResp) => answers.push(answer));
      call.on('error', reject);
      call.on('end', () => resolve(answers));
      for (const request of requests) call.write(request);
      call.end();
    });
  }

  it('answers once per id, after the last chunk, with chunks of several appends between each other', async () => {
    const [first, second] = [randomUUID(), randomUUID()];
    const answers = await exchange([
      chunk(first, false, 'batch-1'),
      chunk(second, false, 'batch-2'),
      chunk(first, false),
      chunk(second, true),
      chunk(first, true),
    ]);
    const revisions = answers.map((answer) => [
      answer.getCorrelationId()?.getString(),
      answer.getSuccess()?.getCurrentRevision(),
    ]);
    expect(Object.fromEntries(revisions)).toEqual({ [first]: '2', [second]: '1' });
    expect(answers).toHaveLength(2);
  });

  it('refuses an append without options, and serves the next on the same call', async () => {
    const [bad, good] = [randomUUID(), randomUUID()];
    const answers = await exchange([chunk(bad, true), chunk(good, true, 'batch-3')]);
    const [refused, accepted] = [bad, good].map((id) =>
      answers.find((answer) => answer.getCorrelationId()?.getString() === id),
    );
    expect(refused?.getError()?.getMessage()).toContain('must carry its options');
    expect(accepted?.hasSuccess()).toBe(true);
  });

  it('ends a call with too many appends half sent, and forgets them', async () => {
    const halves = Array.from({ length: 3 }, (_, n) => chunk(randomUUID(), false, `half-${n}`));
    expect(await rejection(exchange(halves))).toMatchObject({ code: status.RESOURCE_EXHAUSTED });
    const id = randomUUID();
    expect(await exchange([chunk(id, false, 'whole'), chunk(id, true)])).toHaveLength(1);
  });

  it('ends a call whose correlation id is no UUID', async () => {
    const error = await rejection(exchange([chunk('nonsense', true, 'x')]));
    expect(error).toMatchObject({ code: status.INVALID_ARGUMENT });
  });
});

describe('a call that is no proper gRPC call', () => {
  const same = (bytes: Buffer): Buffer => bytes;
  const read = '/event_store.client.streams.Streams/Read';

  it('of a method that does not exist is refused by its path', async () => {
    const client = grpc as Client;
    const call = client.makeServerStreamRequest('/some.Thing/Do', same, same, Buffer.alloc(0));
    const error = await streamError(call);
    expect(error).toMatchObject({ code: status.UNIMPLEMENTED });
    expect(error.message).toContain('Thing.Do');
  });

  it('with two requests where one belongs, or with none, is invalid', async () => {
    const client = grpc as Client;
    for (const requests of [0, 2]) {
      const call = client.makeBidiStreamRequest(read, same, same);
      for (let n = 0; n < requests; n += 1) call.write(Buffer.alloc(0));
      call.end();
      expect(await streamError(call)).toMatchObject({ code: status.INVALID_ARGUMENT });
    }
  });

  it('with a message over the limit of the protocol is refused, and the connection goes on', async () => {
    const client = grpc as Client;
    const call = client.makeServerStreamRequest(read, same, same, Buffer.alloc(17 * 1024 * 1024 + 1));
    expect(await streamError(call)).toMatchObject({ code: status.RESOURCE_EXHAUSTED });
    expect(await countOf(store.client, 'absent').catch(() => 'absent')).toBe('absent');
  });

  it('that was left half sent keeps nothing: the engine serves on', async () => {
    const session = connectHttp2(`http://127.0.0.1:${store.store.port}`);
    const stream = session.request({ ':method': 'POST', ':path': read, 'content-type': 'application/grpc' });
    stream.on('error', () => undefined);
    stream.write(Buffer.from([0, 0, 0, 1, 0, 7]));
    await once(session, 'connect');
    stream.close(constants.NGHTTP2_CANCEL);
    await once(stream, 'close');
    session.close();
    const header = new streams.ReadReq();
    expect(await streamError(grpc.read(header))).toMatchObject({ code: status.INVALID_ARGUMENT });
  });
});
