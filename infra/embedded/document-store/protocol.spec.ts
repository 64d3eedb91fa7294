import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type Document, deserialize, serialize } from 'bson';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type EmbeddedDocumentStore, startEmbeddedDocumentStore } from './server.ts';
import { temporaryFolder } from './test-kit.ts';

const { path, remove } = temporaryFolder();
let store: EmbeddedDocumentStore;
beforeAll(async () => {
  store = await startEmbeddedDocumentStore({ folder: path });
});
afterAll(async () => {
  await store.stop();
  remove();
});

function message(opCode: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(16);
  header.writeInt32LE(16 + payload.length, 0);
  header.writeInt32LE(7, 4);
  header.writeInt32LE(opCode, 12);
  return Buffer.concat([header, payload]);
}

function opMsg(document: Uint8Array, flags = 0): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32LE(flags, 0);
  return message(2013, Buffer.concat([head, document]));
}

async function open(): Promise<Socket> {
  const socket = connect(store.port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

async function ask(bytes: Buffer): Promise<Document> {
  const socket = await open();
  socket.write(bytes);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  expect(answer.readInt32LE(8)).toBe(7);
  return deserialize(answer.subarray(answer.readInt32LE(12) === 1 ? 36 : 21));
}

describe('the wire protocol', () => {
  test('OP_QUERY is answered for the handshake', async () => {
    const body = serialize({ ismaster: 1, helloOk: true });
    const query = Buffer.concat([Buffer.alloc(4), Buffer.from('admin.$cmd\0'), Buffer.alloc(8), body]);
    expect(await ask(message(2004, query))).toMatchObject({ ok: 1, ismaster: true, maxWireVersion: 25 });
  });

  test('messages may come in pieces and several at once', async () => {
    const socket = await open();
    const ping = opMsg(serialize({ ping: 1, $db: 'd' }));
    const both = Buffer.concat([ping, ping]);
    for (const byte of both) socket.write(Buffer.from([byte]));
    let bytes = 0;
    while (bytes < 2 * 38) bytes += ((await once(socket, 'data')) as [Buffer])[0].length;
    expect(bytes).toBe(2 * 38);
    socket.destroy();
  });

  test('documents beside the body that nobody asked for are refused by name', async () => {
    const document = Buffer.from(serialize({ a: 1 }));
    const head = Buffer.alloc(5);
    head[0] = 1;
    const sequence = Buffer.concat([head, Buffer.from('odd\0'), document]);
    sequence.writeInt32LE(sequence.length - 1, 1);
    const body = Buffer.from(serialize({ ping: 1, $db: 'd' }));
    expect(await ask(opMsg(Buffer.concat([body, sequence])))).toMatchObject({
      code: 238,
      errmsg: expect.stringContaining("'odd'"),
    });
  });

  test('a field that comes twice is refused', async () => {
    const fields = ['a1', 'a1'].map((name) => Buffer.from(`\x10${name}\0\0\0\0\0`, 'latin1'));
    const command = Buffer.from(serialize({ find: 'c', $db: 'd' }));
    const body = Buffer.concat([command.subarray(0, -1), ...fields, Buffer.from([0])]);
    body.writeInt32LE(body.length, 0);
    expect(await ask(opMsg(body))).toMatchObject({ ok: 0, code: 40413 });
  });

  test('malformed documents are refused, not read', async () => {
    const good = Buffer.from(serialize({ insert: 'c', $db: 'd', documents: [{ a: 'text' }] }));
    for (let at = 0; at < good.length; at += 1) {
      for (const value of [0, 1, 0x7f, 0xff]) {
        const bad = Buffer.from(good);
        bad[at] = value;
        expect(await ask(opMsg(bad))).toHaveProperty('ok');
      }
    }
    const client = await MongoClient.connect(store.connectionString);
    expect(await client.db('d').command({ ping: 1 })).toEqual({ ok: 1 });
    await client.close();
  });

  test('unknown operations and flags are refused by name', async () => {
    expect(await ask(message(2012, Buffer.alloc(10)))).toMatchObject({
      code: 238,
      errmsg: expect.stringContaining('2012'),
    });
    expect(await ask(opMsg(serialize({ ping: 1, $db: 'd' }), 1))).toMatchObject({ code: 238 });
  });

  test('a message that claims to be too long ends the connection', async () => {
    const socket = await open();
    const header = Buffer.alloc(16);
    header.writeInt32LE(0x7fffffff, 0);
    socket.write(header);
    await once(socket, 'close');
  });

  test('a batch of more than 100 000 is refused', async () => {
    const client = await MongoClient.connect(store.connectionString);
    const deletes = Array.from({ length: 100_001 }, () => ({ q: {}, limit: 1 }));
    await expect(client.db('d').command({ delete: 'c', deletes })).rejects.toMatchObject({ code: 72 });
    await client.close();
  });

  test('the driver finds a standalone with an IPv6 address as well', async () => {
    const other = temporaryFolder();
    const v6 = await startEmbeddedDocumentStore({ folder: other.path, host: '::1' });
    expect(v6.connectionString).toBe(`mongodb://[::1]:${v6.port}/?directConnection=true`);
    const client = await MongoClient.connect(v6.connectionString);
    expect(await client.db('d').command({ ping: 1 })).toEqual({ ok: 1 });
    await client.close();
    await v6.stop();
    other.remove();
  });
});
