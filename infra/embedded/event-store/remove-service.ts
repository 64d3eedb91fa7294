import { readRemoval } from './decode.ts';
import { streams } from './generated.ts';
import type { GroupCommit } from './group-commit.ts';
import type { Limits } from './limits.ts';
import type { RemoveCommand } from './model.ts';
import { removalPosition } from './outcomes.ts';

type RemoveOptions = Parameters<typeof readRemoval>[1];

/** Memory that a waiting delete takes. */
const COMMAND_BYTES = 512;

/** The Delete and Tombstone calls of the Streams service: requests and answers in wire format. */
export class RemoveService {
  readonly #commits: GroupCommit;
  readonly #limits: Limits;

  constructor(commits: GroupCommit, limits: Limits) {
    this.#commits = commits;
    this.#limits = limits;
  }

  /** Streams.Delete: hides the stream until somebody appends to it again. @throws Refusal */
  async delete(request: Uint8Array, deadline: number): Promise<Uint8Array> {
    const options = streams.DeleteReq.deserializeBinary(request).getOptions();
    const position = await this.#remove('delete', options, deadline);
    const place = new streams.DeleteResp.Position();
    place.setCommitPosition(position).setPreparePosition(position);
    return new streams.DeleteResp().setPosition(place).serializeBinary();
  }

  /** Streams.Tombstone: hides the stream for ever. @throws Refusal */
  async tombstone(request: Uint8Array, deadline: number): Promise<Uint8Array> {
    const options = streams.TombstoneReq.deserializeBinary(request).getOptions();
    const position = await this.#remove('tombstone', options, deadline);
    const place = new streams.TombstoneResp.Position();
    place.setCommitPosition(position).setPreparePosition(position);
    return new streams.TombstoneResp().setPosition(place).serializeBinary();
  }

  async #remove(kind: RemoveCommand['kind'], options: RemoveOptions, deadline: number): Promise<string> {
    const command = readRemoval(kind, options, deadline, this.#limits);
    const outcome = await this.#commits.submit(command, COMMAND_BYTES);
    return removalPosition(command.stream, command.expected, outcome);
  }
}
