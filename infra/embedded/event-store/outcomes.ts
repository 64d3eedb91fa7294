import anyProto from 'google-protobuf/google/protobuf/any_pb.js';
import emptyProto from 'google-protobuf/google/protobuf/empty_pb.js';
import { messageOf } from './causes.ts';
import { encodeBatchSuccess } from './encode.ts';
import { AppendTooLarge, Refusal, streamDeleted, wrongExpectedRevision } from './errors.ts';
import { shared, statuses, streams } from './generated.ts';
import { EXPECT_ANY, EXPECT_NO_STREAM, EXPECT_STREAM_EXISTS, NO_STREAM, type WriteOutcome } from './model.ts';
import { Status } from './status.ts';

/** Which append an answer belongs to. */
export interface AnsweredAppend {
  readonly correlationId: string;
  readonly stream: string;
  readonly expected: number;
}

interface ErrorDetail {
  readonly code: Status;
  readonly message: string;
  readonly type: string;
  readonly detail: { serializeBinary(): Uint8Array };
}

/** BatchAppendResp of an outcome, in wire format. */
export function batchAnswer(append: AnsweredAppend, outcome: WriteOutcome): Buffer {
  switch (outcome.kind) {
    case 'appended':
      return outcome.position > 0
        ? encodeBatchSuccess(append.correlationId, append.stream, outcome.revision, outcome.position)
        : emptySuccess(append, outcome.revision);
    case 'wrong-expected-revision':
      return batchError(append, wrongExpectedDetail(append.expected, outcome.current));
    case 'stream-deleted':
      return batchError(append, streamDeletedDetail(append.stream));
    case 'deadline-exceeded':
      return batchError(append, {
        code: Status.DEADLINE_EXCEEDED,
        message: 'The deadline passed before the append was written; nothing was written',
        type: 'Timeout',
        detail: new shared.Timeout(),
      });
  }
}

/** BatchAppendResp of an append that was refused or failed, in wire format. */
export function batchRefusal(append: AnsweredAppend, thrown: unknown): Buffer {
  const code = thrown instanceof Refusal ? thrown.code : Status.INTERNAL;
  const message = messageOf(thrown);
  if (thrown instanceof AppendTooLarge) {
    const detail = new shared.MaximumAppendSizeExceeded().setMaxappendsize(thrown.limit);
    return batchError(append, { code, message, type: 'MaximumAppendSizeExceeded', detail });
  }
  // The client repeats the message of details that it does not know, so people see the reason.
  const detail = new shared.BadRequest().setMessage(message);
  return batchError(append, { code, message, type: 'BadRequest', detail });
}

/** AppendResp of an outcome of a unary append. @throws Refusal when the deadline had passed or the stream is deleted */
export function appendAnswer(stream: string, expected: number, outcome: WriteOutcome): streams.AppendResp {
  switch (outcome.kind) {
    case 'appended':
      return new streams.AppendResp().setSuccess(appendSuccess(outcome.revision, outcome.position));
    case 'wrong-expected-revision':
      return new streams.AppendResp().setWrongExpectedVersion(appendConflict(expected, outcome.current));
    case 'stream-deleted':
      throw streamDeleted(stream);
    case 'deadline-exceeded':
      throw new Refusal(Status.DEADLINE_EXCEEDED, 'The deadline passed before the append was written');
  }
}

/** Where a delete or tombstone was written. @throws Refusal when it was not */
export function removalPosition(stream: string, expected: number, outcome: WriteOutcome): string {
  switch (outcome.kind) {
    case 'appended':
      return String(outcome.position);
    case 'wrong-expected-revision':
      throw wrongExpectedRevision(stream, expected, outcome.current);
    case 'stream-deleted':
      throw streamDeleted(stream);
    case 'deadline-exceeded':
      throw new Refusal(Status.DEADLINE_EXCEEDED, 'The deadline passed before the stream was deleted');
  }
}

function appendSuccess(revision: number, position: number): streams.AppendResp.Success {
  const success = new streams.AppendResp.Success();
  if (revision === NO_STREAM) success.setNoStream(new shared.Empty());
  else success.setCurrentRevision(String(revision));
  if (position === 0) return success.setNoPosition(new shared.Empty());
  const place = new streams.AppendResp.Position();
  return success.setPosition(place.setCommitPosition(String(position)).setPreparePosition(String(position)));
}

function appendConflict(expected: number, current: number): streams.AppendResp.WrongExpectedVersion {
  const conflict = new streams.AppendResp.WrongExpectedVersion();
  if (current === NO_STREAM) conflict.setCurrentNoStream(new shared.Empty());
  else conflict.setCurrentRevision(String(current));
  if (expected === EXPECT_ANY) return conflict.setExpectedAny(new shared.Empty());
  if (expected === EXPECT_STREAM_EXISTS) return conflict.setExpectedStreamExists(new shared.Empty());
  if (expected === EXPECT_NO_STREAM) return conflict.setExpectedNoStream(new shared.Empty());
  return conflict.setExpectedRevision(String(expected));
}

function wrongExpectedDetail(expected: number, current: number): ErrorDetail {
  const detail = new shared.WrongExpectedVersion();
  const empty = new emptyProto.Empty();
  if (current === NO_STREAM) detail.setCurrentNoStream(empty);
  else detail.setCurrentStreamRevision(String(current));
  if (expected === EXPECT_ANY) detail.setExpectedAny(empty);
  else if (expected === EXPECT_STREAM_EXISTS) detail.setExpectedStreamExists(empty);
  else if (expected === EXPECT_NO_STREAM) detail.setExpectedNoStream(empty);
  else detail.setExpectedStreamPosition(String(expected));
  return {
    code: Status.FAILED_PRECONDITION,
    message: 'WrongExpectedVersion',
    type: 'WrongExpectedVersion',
    detail,
  };
}

function streamDeletedDetail(stream: string): ErrorDetail {
  const { code, message } = streamDeleted(stream);
  const identifier = new shared.StreamIdentifier().setStreamName(Buffer.from(stream));
  const detail = new shared.StreamDeleted().setStreamIdentifier(identifier);
  return { code, message, type: 'StreamDeleted', detail };
}

function emptySuccess(append: AnsweredAppend, revision: number): Buffer {
  const success = new streams.BatchAppendResp.Success().setNoPosition(new emptyProto.Empty());
  if (revision === NO_STREAM) success.setNoStream(new emptyProto.Empty());
  else success.setCurrentRevision(String(revision));
  return Buffer.from(batchResponse(append).setSuccess(success).serializeBinary());
}

function batchError(append: AnsweredAppend, { code, message, type, detail }: ErrorDetail): Buffer {
  const details = new anyProto.Any();
  details.pack(detail.serializeBinary(), `event_store.client.${type}`);
  const error = new statuses.Status().setMessage(message).setDetails(details);
  error.setCode(Number(code));
  return Buffer.from(batchResponse(append).setError(error).serializeBinary());
}

function batchResponse({ correlationId, stream }: AnsweredAppend): streams.BatchAppendResp {
  return new streams.BatchAppendResp()
    .setCorrelationId(new shared.UUID().setString(correlationId))
    .setStreamIdentifier(new shared.StreamIdentifier().setStreamName(Buffer.from(stream)));
}
