import fc from 'fast-check';
import { expect, it } from 'vitest';
import { joinMessages, MessageSplitter, PREFIX_BYTES } from './message-splitter.ts';
import { Status } from './status.ts';

const messages = fc.array(
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  { maxLength: 8 },
);

it('finds the same messages, however the bytes are cut into chunks', () => {
  fc.assert(
    fc.property(messages, fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }), (sent, sizes) => {
      const bytes = joinMessages(
        sent,
        sent.reduce((sum, { length }) => sum + PREFIX_BYTES + length, 0),
      );
      const splitter = new MessageSplitter();
      const found: Buffer[] = [];
      for (let at = 0, n = 0; at < bytes.length; n += 1) {
        const size = sizes[n % sizes.length] ?? 1;
        splitter.take(bytes.subarray(at, at + size), (message) => found.push(message));
        at += size;
      }
      expect(found).toEqual(sent);
    }),
  );
});

it('refuses compressed messages, and lengths over the limit before their bytes arrive', () => {
  const take = (...prefix: number[]) => {
    new MessageSplitter().take(Buffer.from(prefix), () => undefined);
  };
  expect(() => take(1, 0, 0, 0, 9)).toThrow(expect.objectContaining({ code: Status.UNIMPLEMENTED }));
  expect(() => take(0, 0xff, 0, 0, 0)).toThrow(expect.objectContaining({ code: Status.RESOURCE_EXHAUSTED }));
});
