import type { ServerUnaryCall, sendUnaryData } from '@grpc/grpc-js';
import { deadlineOf, readRemoval } from './decode.ts';
import { toServiceError } from './errors.ts';
import { streams } from './generated.ts';
import type { GroupCommit } from './group-commit.ts';
import type { Limits } from './limits.ts';
import type { RemoveCommand } from './model.ts';
import { removalPosition } from './outcomes.ts';

type RemoveCall<Request> = ServerUnaryCall<Request, unknown>;
type RemoveOptions = Parameters<typeof readRemoval>[1];

/** Memory that a waiting delete takes. */
const COMMAND_BYTES = 512;

/** The Delete and Tombstone calls of the Streams service. */
export class RemoveService {
  readonly #commits: GroupCommit;
  readonly #limits: Limits;

  constructor(commits: GroupCommit, limits: Limits) {
    this.#commits = commits;
    this.#limits = limits;
  }

  /** Streams.Delete: hides the stream until somebody appends to it again. */
  delete(call: RemoveCall<streams.DeleteReq>, answer: sendUnaryData<streams.DeleteResp>): void {
    this.#remove('delete', call.request.getOptions(), deadlineOf(call)).then(
      (position) => {
        const place = new streams.DeleteResp.Position();
        place.setCommitPosition(position).setPreparePosition(position);
        answer(null, new streams.DeleteResp().setPosition(place));
      },
      (error: unknown) => answer(toServiceError(error)),
    );
  }

  /** Streams.Tombstone: hides the stream for ever. */
  tombstone(call: RemoveCall<streams.TombstoneReq>, answer: sendUnaryData<streams.TombstoneResp>): void {
    this.#remove('tombstone', call.request.getOptions(), deadlineOf(call)).then(
      (position) => {
        const place = new streams.TombstoneResp.Position();
        place.setCommitPosition(position).setPreparePosition(position);
        answer(null, new streams.TombstoneResp().setPosition(place));
      },
      (error: unknown) => answer(toServiceError(error)),
    );
  }

  async #remove(kind: RemoveCommand['kind'], options: RemoveOptions, deadline: number): Promise<string> {
    const command = readRemoval(kind, options, deadline, this.#limits);
    const outcome = await this.#commits.submit(command, COMMAND_BYTES);
    return removalPosition(command.stream, command.expected, outcome);
  }
}
