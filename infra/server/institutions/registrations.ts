import type { CommandBus } from '@nestjs/cqrs';
import type { DirectoryKind } from '@qingpu/contracts/events/institutions';
import type {
  BatchResult,
  DoctorPerson,
  Registration,
  RegistrationResult,
} from '@qingpu/contracts/partners/hospital/registration';
import { type EntryContent, RegisterEntry } from '@qingpu/domains-institutions/handlers';
import type { AcceptedOutcome } from '@qingpu/domains-kernel/command-handling';
import type { FastifyRequest } from 'fastify';
import { mayOnEntry } from '../access/principal.ts';
import { checkDistinct, handleBatch } from '../http/batches.ts';
import { HttpProblem } from '../http/http-problem.ts';
import type { Platform } from '../platform.ts';
import { envelopeOf } from './envelopes.ts';

type AnyRegistration = Registration<DirectoryKind>;

/** What a registration says of an entry; an institution's own code is its code in the directory. */
export function contentOf(kind: DirectoryKind, registration: AnyRegistration): EntryContent {
  const code = 'code' in registration ? registration.code : registration.institutionCode;
  const person = 'person' in registration ? (registration.person as DoctorPerson) : undefined;
  return { kind, institutionCode: registration.institutionCode, code, details: registration.details, person };
}

/** What became of a registration or change, for the answer. */
export function resultOf(code: string, outcome: AcceptedOutcome): RegistrationResult {
  const { revision, position } = outcome;
  if (outcome.kind === 'unchanged') return { code, outcome: 'unchanged', revision, position };
  return { code, outcome: revision === 0 ? 'registered' : 'changed', revision, position };
}

/** Registers one entry for a partner. @throws HttpProblem when the entry is another institution's */
export async function registerOne(
  platform: Platform,
  bus: CommandBus,
  request: FastifyRequest,
  content: EntryContent,
): Promise<RegistrationResult> {
  checkOwn(request, [content]);
  const outcome = await bus.execute(new RegisterEntry(content, envelopeOf(platform, request, content)));
  return resultOf(content.code, outcome);
}

/** Registers a batch: nothing happens unless every item is the partner's own and no code comes twice. */
export async function registerBatch(
  platform: Platform,
  bus: CommandBus,
  request: FastifyRequest,
  contents: readonly EntryContent[],
): Promise<BatchResult> {
  checkOwn(request, contents);
  checkDistinct(
    contents.map(({ code }) => code),
    'code',
  );
  const batch = envelopeOf(platform, request, contents);
  const answers = await handleBatch(platform, batch, contents, async (content, envelope) =>
    resultOf(content.code, await bus.execute(new RegisterEntry(content, envelope))),
  );
  const items = answers.map((answer, index) => ({ ...answer, code: contents[index]?.code ?? '' }));
  const refused = items.filter((item) => item.outcome === 'refused').length;
  return { accepted: items.length - refused, refused, items };
}

function checkOwn({ principal }: FastifyRequest, contents: readonly EntryContent[]): void {
  if (contents.every(({ institutionCode }) => mayOnEntry(principal, 'register', institutionCode))) return;
  throw new HttpProblem(403, 'foreign-institution', '只能登记本机构的信息，请核对机构代码');
}
