import { itemsOf, rawFrom } from '../bson/raw.ts';
import { MAX_DOCUMENT_BYTES } from '../bson/writer.ts';
import { typeMismatch } from '../errors.ts';
import { sessionKeys } from '../wire/command.ts';
import { MAX_MESSAGE_BYTES } from '../wire/message.ts';
import { type CommandHandler, reply } from './context.ts';

/** The most documents or statements of one write command. */
export const MAX_BATCH = 100_000;
const MIN_WIRE_VERSION = 9;
const MAX_WIRE_VERSION = 25;
const SESSION_MINUTES = 30;
/** The MongoDB release whose wire version and behaviour this server follows. */
const VERSION = '8.0.0';

/** What a client says about itself; nothing here depends on it. */
const CLIENT_FIELDS = ['client', 'compression', 'helloOk', 'backpressure', 'loadBalanced'];

function hello(primaryField: 'ismaster' | 'isWritablePrimary'): CommandHandler {
  return (command) => {
    for (const field of CLIENT_FIELDS) command.take(field);
    return ({ connectionId }) =>
      reply((writer) => {
        writer.boolean('helloOk', true).boolean(primaryField, true);
        writer.int32('maxBsonObjectSize', MAX_DOCUMENT_BYTES).int32('maxMessageSizeBytes', MAX_MESSAGE_BYTES);
        writer.int32('maxWriteBatchSize', MAX_BATCH).value('localTime', rawFrom(new Date()));
        writer.int32('logicalSessionTimeoutMinutes', SESSION_MINUTES).int32('connectionId', connectionId);
        writer.int32('minWireVersion', MIN_WIRE_VERSION).int32('maxWireVersion', MAX_WIRE_VERSION);
        writer.boolean('readOnly', false);
      });
  };
}

const ping: CommandHandler = () => () => reply();

const buildInfo: CommandHandler = () => () =>
  reply((writer) => {
    writer.string('version', VERSION).string('gitVersion', 'qingpu-embedded-document-store');
    writer.value('versionArray', rawFrom([8, 0, 0, 0])).value('modules', rawFrom([]));
    writer.int32('bits', 64).boolean('debug', false).int32('maxBsonObjectSize', MAX_DOCUMENT_BYTES);
  });

const endSessions: CommandHandler = (command) => {
  if (!command.target.isArray) throw typeMismatch('endSessions needs an array');
  const sessions = sessionKeys(itemsOf(command.target));
  return ({ cursors }) => {
    for (const session of sessions) cursors.endSession(session);
    return reply();
  };
};

export const HANDSHAKE_COMMANDS: Readonly<Record<string, CommandHandler>> = {
  hello: hello('isWritablePrimary'),
  ismaster: hello('ismaster'),
  isMaster: hello('ismaster'),
  ping,
  buildInfo,
  buildinfo: buildInfo,
  endSessions,
};
