import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { type DirectoryKind, institutionEvents } from '@qingpu/contracts/events/institutions';
import type { DoctorPerson, Registration } from '@qingpu/contracts/partners/hospital/registration';
import {
  type AcceptedOutcome,
  type CommandEnvelope,
  type CommandHandlingPorts,
  handleCommand,
} from '@qingpu/domains-kernel/command-handling';
import { readStream } from '@qingpu/domains-kernel/read-stream';
import { PersonErasedError, type Sealer } from '@qingpu/domains-kernel/sealing';
import { COMMAND_HANDLING_PORTS, SEALER } from '@qingpu/domains-kernel/tokens';
import {
  type DirectoryCommand,
  directoryEntry,
  type EntryDetails,
  type EntryState,
  entryStream,
  type SealedPerson,
} from './directory-entry.ts';
import { type DirectoryReferences, namedReferences } from './directory-references.ts';
import { doctorSubject } from './doctor-subject.ts';
import { entryErased } from './rejections.ts';

export interface EntryAddress {
  readonly kind: DirectoryKind;
  readonly institutionCode: string;
  readonly code: string;
}

export interface EntryContent extends EntryAddress {
  readonly details: EntryDetails;
  readonly person?: DoctorPerson | undefined;
}

/** The hospital (or the desk, for a new entry) says how an entry is. */
export class RegisterEntry extends Command<AcceptedOutcome> {
  constructor(
    readonly content: EntryContent,
    readonly envelope: CommandEnvelope,
  ) {
    super();
  }
}

/** The desk changes an entry whose revision it has read. */
export class ChangeEntry extends Command<AcceptedOutcome> {
  constructor(
    readonly content: EntryContent,
    readonly envelope: CommandEnvelope,
  ) {
    super();
  }
}

/** Deactivates, reactivates or, for doctors, erases an entry, with a reason. */
export class CloseEntry extends Command<AcceptedOutcome> {
  constructor(
    readonly act: 'DeactivateEntry' | 'ReactivateEntry' | 'EraseEntry',
    readonly address: EntryAddress,
    readonly reason: string,
    readonly envelope: CommandEnvelope,
  ) {
    super();
  }
}

/** Destroys the data key of a person who has been erased; sent by the erasure process. */
export class DestroyPersonKey extends Command<void> {
  constructor(readonly subject: string) {
    super();
  }
}

/** What the handlers of the directory share: sealing, references and the way of a command. */
abstract class DirectoryHandler {
  constructor(
    @Inject(COMMAND_HANDLING_PORTS) protected readonly ports: CommandHandlingPorts,
    @Inject(SEALER) protected readonly sealer: Sealer,
  ) {}

  protected async handle(command: DirectoryCommand, envelope: CommandEnvelope): Promise<AcceptedOutcome> {
    const stream = entryStream(command.kind, command.institutionCode, command.code);
    return handleCommand(this.ports, envelope, {
      stream,
      catalogue: institutionEvents,
      decider: directoryEntry,
      command,
      context: async () => ({ references: await this.#references(command, stream) }),
    });
  }

  protected async seal(content: EntryContent): Promise<SealedPerson | undefined> {
    if (!content.person) return undefined;
    try {
      return {
        person: await this.sealer.seal(doctorSubject(content.institutionCode, content.code), content.person),
        personFingerprint: this.sealer.fingerprint('doctor-person', content.person),
        residentIdIndex: this.sealer.fingerprint('resident-id', content.person.residentId),
      };
    } catch (error) {
      if (error instanceof PersonErasedError) throw entryErased();
      throw error;
    }
  }

  async #references(command: DirectoryCommand, stream: string): Promise<DirectoryReferences> {
    const details = 'details' in command ? command.details : await this.#currentDetails(stream);
    // An entry that was never registered names nothing; the decider says that it is unknown.
    const named = details
      ? namedReferences({ kind: command.kind, details })
      : { departments: [], doctors: [] };
    const [institution, departments, doctors] = await Promise.all([
      command.kind === 'institution'
        ? undefined
        : this.#entry('institution', command.institutionCode, command.institutionCode),
      Promise.all(
        named.departments.map(
          async (code) => [code, await this.#entry('department', command.institutionCode, code)] as const,
        ),
      ),
      Promise.all(
        named.doctors.map(
          async (code) => [code, await this.#entry('doctor', command.institutionCode, code)] as const,
        ),
      ),
    ]);
    return {
      institutionActive: institution?.status === 'active',
      departments: new Map(
        departments.flatMap(([code, state]) =>
          state.status === 'active' ? [[code, levelOf(state.details)]] : [],
        ),
      ),
      doctors: new Set(doctors.flatMap(([code, state]) => (state.status === 'active' ? [code] : []))),
    };
  }

  async #currentDetails(stream: string): Promise<EntryDetails | undefined> {
    const state = await this.#fold(stream);
    return state.status === 'absent' ? undefined : state.details;
  }

  #entry(kind: DirectoryKind, institutionCode: string, code: string): Promise<EntryState> {
    return this.#fold(entryStream(kind, institutionCode, code));
  }

  #fold(stream: string): Promise<EntryState> {
    return readStream(this.ports.log, stream, institutionEvents, directoryEntry);
  }
}

function levelOf(details: EntryDetails): 1 | 2 {
  return (details as Registration<'department'>['details']).level;
}

@CommandHandler(RegisterEntry)
export class RegisterEntryHandler extends DirectoryHandler implements ICommandHandler<RegisterEntry> {
  async execute({ content, envelope }: RegisterEntry): Promise<AcceptedOutcome> {
    const person = await this.seal(content);
    return this.handle(
      { ...addressOf(content), type: 'RegisterEntry', details: content.details, ...(person && { person }) },
      envelope,
    );
  }
}

@CommandHandler(ChangeEntry)
export class ChangeEntryHandler extends DirectoryHandler implements ICommandHandler<ChangeEntry> {
  async execute({ content, envelope }: ChangeEntry): Promise<AcceptedOutcome> {
    const person = await this.seal(content);
    return this.handle(
      { ...addressOf(content), type: 'ChangeEntry', details: content.details, ...(person && { person }) },
      envelope,
    );
  }
}

@CommandHandler(CloseEntry)
export class CloseEntryHandler extends DirectoryHandler implements ICommandHandler<CloseEntry> {
  execute({ act, address, reason, envelope }: CloseEntry): Promise<AcceptedOutcome> {
    return this.handle({ ...addressOf(address), type: act, reason }, envelope);
  }
}

@CommandHandler(DestroyPersonKey)
export class DestroyPersonKeyHandler implements ICommandHandler<DestroyPersonKey> {
  constructor(@Inject(SEALER) private readonly sealer: Sealer) {}

  execute({ subject }: DestroyPersonKey): Promise<void> {
    return this.sealer.erase(subject);
  }
}

function addressOf({ kind, institutionCode, code }: EntryAddress): EntryAddress {
  return { kind, institutionCode, code };
}
