import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { encodeBatchSuccess, encodeEvent } from './encode.ts';
import { streams } from './generated.ts';
import { LAST_NUMBER } from './model.ts';
import { uuidText } from './uuid.ts';

const position = fc.integer({ min: 1, max: LAST_NUMBER - 1 });
const bytes = fc.uint8Array({ maxLength: 300 });
const event = fc.record({
  position,
  revision: fc.oneof(fc.integer({ min: 0, max: LAST_NUMBER - 1 }), fc.constant(LAST_NUMBER)),
  stream: fc.string({ minLength: 1, maxLength: 200, unit: 'grapheme' }),
  type: fc.string({ minLength: 1, maxLength: 200, unit: 'grapheme' }),
  id: fc.uint8Array({ minLength: 16, maxLength: 16 }),
  isJson: fc.boolean(),
  created: fc.integer({ min: 0, max: 4_000_000_000_000 }),
  metadata: bytes,
  data: bytes,
});

it('encodes events so that the generated definitions read them back', () => {
  fc.assert(
    fc.property(event, (stored) => {
      const answer = streams.ReadResp.deserializeBinary(encodeEvent(stored)).getEvent();
      const read = answer?.getEvent();
      expect(answer?.getCommitPosition()).toBe(String(stored.position));
      expect(read?.getId()?.getString()).toBe(uuidText(stored.id));
      const name = Buffer.from(read?.getStreamIdentifier()?.getStreamName_asU8() ?? []).toString();
      expect(name).toBe(stored.stream);
      const revision = stored.revision === LAST_NUMBER ? 2n ** 63n - 1n : stored.revision;
      expect(read?.getStreamRevision()).toBe(String(revision));
      expect(read?.getPreparePosition()).toBe(String(stored.position));
      expect(read?.getCommitPosition()).toBe(String(stored.position));
      expect(Object.fromEntries(read?.getMetadataMap().getEntryList() ?? [])).toEqual({
        type: stored.type,
        'content-type': stored.isJson ? 'application/json' : 'application/octet-stream',
        created: String(BigInt(stored.created) * 10_000n),
      });
      expect(Buffer.from(read?.getCustomMetadata_asU8() ?? []).equals(stored.metadata)).toBe(true);
      expect(Buffer.from(read?.getData_asU8() ?? []).equals(stored.data)).toBe(true);
    }),
  );
});

it('encodes the answer to a batch append', () => {
  const correlationId = uuidText(randomBytes(16));
  fc.assert(
    fc.property(position, position, fc.string({ minLength: 1, unit: 'grapheme' }), (revision, at, stream) => {
      const encoded = encodeBatchSuccess(correlationId, stream, revision, at);
      const answer = streams.BatchAppendResp.deserializeBinary(encoded);
      expect(answer.getCorrelationId()?.getString()).toBe(correlationId);
      expect(answer.getSuccess()?.getCurrentRevision()).toBe(String(revision));
      expect(answer.getSuccess()?.getPosition()?.getCommitPosition()).toBe(String(at));
      expect(answer.getSuccess()?.getPosition()?.getPreparePosition()).toBe(String(at));
      const name = Buffer.from(answer.getStreamIdentifier()?.getStreamName_asU8() ?? []).toString();
      expect(name).toBe(stream);
    }),
  );
});
