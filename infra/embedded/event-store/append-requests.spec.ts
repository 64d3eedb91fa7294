import fc from 'fast-check';
import emptyProto from 'google-protobuf/google/protobuf/empty_pb.js';
import timestampProto from 'google-protobuf/google/protobuf/timestamp_pb.js';
import { expect, it } from 'vitest';
import { readAppendRequest, readBatchAppendRequest } from './append-requests.ts';
import { shared, streams } from './generated.ts';
import { EXPECT_ANY, EXPECT_NO_STREAM, EXPECT_STREAM_EXISTS } from './model.ts';

const text = fc.string({ minLength: 1, maxLength: 200, unit: 'grapheme' });
const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
const event = fc.record({ id: fc.uuid(), type: text, contentType: text, metadata: bytes, data: bytes });
const expected = fc.oneof(
  fc.constantFrom(EXPECT_ANY, EXPECT_NO_STREAM, EXPECT_STREAM_EXISTS),
  fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
);
const request = fc.record({
  correlationId: fc.uuid(),
  stream: text,
  expected,
  deadline: fc.option(fc.integer({ min: 0, max: 4_000_000_000_000 })),
  events: fc.array(event, { maxLength: 4 }),
  isFinal: fc.boolean(),
});

type Event = typeof event extends fc.Arbitrary<infer T> ? T : never;
type Request = typeof request extends fc.Arbitrary<infer T> ? T : never;

interface Proposed {
  setId(id: shared.UUID): unknown;
  getMetadataMap(): { set(key: string, value: string): unknown };
  setCustomMetadata(bytes: Uint8Array): unknown;
  setData(bytes: Uint8Array): unknown;
}

function describe<T extends Proposed>(message: T, { id, type, contentType, metadata, data }: Event): T {
  message.setId(new shared.UUID().setString(id));
  for (const [key, value] of Object.entries({ other: 'x', type, 'content-type': contentType })) {
    message.getMetadataMap().set(key, value);
  }
  message.setCustomMetadata(metadata);
  message.setData(data);
  return message;
}

function batchRequest({ correlationId, stream, expected, deadline, events, isFinal }: Request): Buffer {
  const options = new streams.BatchAppendReq.Options();
  options.setStreamIdentifier(new shared.StreamIdentifier().setStreamName(Buffer.from(stream)));
  if (expected === EXPECT_ANY) options.setAny(new emptyProto.Empty());
  else if (expected === EXPECT_NO_STREAM) options.setNoStream(new emptyProto.Empty());
  else if (expected === EXPECT_STREAM_EXISTS) options.setStreamExists(new emptyProto.Empty());
  else options.setStreamPosition(String(expected));
  if (deadline !== null) options.setDeadline(timestampProto.Timestamp.fromDate(new Date(deadline)));
  const message = new streams.BatchAppendReq()
    .setCorrelationId(new shared.UUID().setString(correlationId))
    .setOptions(options)
    .setIsFinal(isFinal);
  for (const each of events) {
    message.addProposedMessages(describe(new streams.BatchAppendReq.ProposedMessage(), each));
  }
  return Buffer.from(message.serializeBinary());
}

const asRead = ({ id, contentType, ...rest }: Event) => ({
  ...rest,
  id: Buffer.from(id),
  contentType: Buffer.from(contentType),
});

it('reads batch appends as the generated definitions write them', () => {
  fc.assert(
    fc.property(request, (sent) => {
      expect(readBatchAppendRequest(batchRequest(sent))).toEqual({
        correlationId: sent.correlationId,
        options: {
          stream: Buffer.from(sent.stream),
          expected: sent.expected,
          deadline: sent.deadline ?? Number.POSITIVE_INFINITY,
        },
        messages: sent.events.map(asRead),
        isFinal: sent.isFinal,
      });
    }),
  );
});

it('reads single appends as the generated definitions write them', () => {
  fc.assert(
    fc.property(text, event, (stream, sent) => {
      const options = new streams.AppendReq.Options()
        .setStreamIdentifier(new shared.StreamIdentifier().setStreamName(Buffer.from(stream)))
        .setRevision('7');
      const head = new streams.AppendReq().setOptions(options).serializeBinary();
      expect(readAppendRequest(Buffer.from(head)).options).toEqual({
        stream: Buffer.from(stream),
        expected: 7,
        deadline: Number.POSITIVE_INFINITY,
      });
      const message = describe(new streams.AppendReq.ProposedMessage(), sent);
      const body = new streams.AppendReq().setProposedMessage(message).serializeBinary();
      expect(readAppendRequest(Buffer.from(body)).messages).toEqual([asRead(sent)]);
    }),
  );
});

it('passes over fields that it does not know', () => {
  const known = batchRequest(fc.sample(request, 1)[0] as Request);
  // Field 15 as a number, 64 bits, bytes and 32 bits.
  const unknown = [
    [0x78, 0xff, 0x01],
    [0x79, ...Buffer.alloc(8)],
    [0x7a, 2, 1, 2],
    [0x7d, 0, 0, 0, 0],
  ];
  const widened = Buffer.concat([...unknown.map((field) => Buffer.from(field)), known]);
  expect(readBatchAppendRequest(widened)).toEqual(readBatchAppendRequest(known));
});

it('takes a revision beyond 2^53 for the end, and a deadline before 1970 for one that has passed', () => {
  const options = new streams.BatchAppendReq.Options().setStreamPosition('18446744073709551615');
  options.setDeadline(new timestampProto.Timestamp().setSeconds(-5));
  const message = new streams.BatchAppendReq().setOptions(options);
  message.setCorrelationId(new shared.UUID().setString(crypto.randomUUID()));
  const read = readBatchAppendRequest(Buffer.from(message.serializeBinary()));
  expect(read.options).toMatchObject({ expected: Number.MAX_SAFE_INTEGER, deadline: 0 });
});

it('refuses whatever is broken as invalid, and never reads on behind the message', () => {
  fc.assert(
    fc.property(request, fc.nat(), fc.nat(255), fc.boolean(), (sent, place, byte, cut) => {
      const broken = batchRequest(sent);
      const at = place % broken.length;
      if (!cut) broken[at] = byte;
      try {
        readBatchAppendRequest(cut ? broken.subarray(0, at) : broken);
      } catch (error) {
        expect(error).toMatchObject({ name: 'Refusal', code: 3 });
      }
    }),
    { numRuns: 1000 },
  );
});
