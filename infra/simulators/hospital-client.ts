import type { DirectoryKind } from '@qingpu/contracts/events/institutions';
import { DIRECTORY_PATHS } from '@qingpu/contracts/http/institutions';
import {
  type BatchResult,
  batchResultSchema,
  type Registration,
  type RegistrationResult,
  registrationResultSchema,
} from '@qingpu/contracts/partners/hospital/registration';
import {
  type ScheduleBatchResult,
  type ScheduleRegistration,
  scheduleBatchResultSchema,
} from '@qingpu/contracts/partners/hospital/slots';
import { type Parser, SignedClient, type SignedClientOptions } from './signed-client.ts';

export type HospitalClientOptions = SignedClientOptions;

/** Where a hospital's messages about slots go, beneath the partner API. */
export type HospitalMessagePath =
  | 'schedules'
  | 'schedule-additions'
  | 'slot-withdrawals'
  | 'schedule-suspensions'
  | 'suspension-revocations'
  | 'schedule-substitutions'
  | 'booking-states'
  | 'booking-states/batch'
  | 'booking-landings'
  | 'blacklist-entries'
  | 'blacklist-appeals'
  | 'blacklist-landings';

/** The registering side of a hospital information system: signs, sends, tries again under the same idempotency key. */
export class HospitalClient {
  readonly #client: SignedClient;

  constructor(options: HospitalClientOptions) {
    this.#client = new SignedClient(options);
  }

  /** Registers one entry. @throws PlatformRefusal, PlatformUnavailable, or the signal's reason. */
  register<Kind extends DirectoryKind>(
    kind: Kind,
    entry: Registration<Kind>,
    idempotencyKey: string,
  ): Promise<RegistrationResult> {
    const path = `/api/partner/v1/${DIRECTORY_PATHS[kind]}`;
    return this.#client.post(path, entry, idempotencyKey, registrationResultSchema);
  }

  /** Registers up to 500 entries; refused ones are lines of the answer, not an error. @throws as `register`. */
  registerBatch<Kind extends DirectoryKind>(
    kind: Kind,
    items: readonly Registration<Kind>[],
    idempotencyKey: string,
  ): Promise<BatchResult> {
    const path = `/api/partner/v1/${DIRECTORY_PATHS[kind]}/batch`;
    return this.#client.post(path, { items }, idempotencyKey, batchResultSchema);
  }

  /** Registers up to 200 schedules; refused ones are lines of the answer, not an error. @throws as `register`. */
  registerSchedules(
    items: readonly ScheduleRegistration[],
    idempotencyKey: string,
  ): Promise<ScheduleBatchResult> {
    return this.#client.post(
      '/api/partner/v1/schedules/batch',
      { items },
      idempotencyKey,
      scheduleBatchResultSchema,
    );
  }

  /** Sends what else a hospital has to say about slots. @throws as `register`. */
  tell<Result>(
    path: HospitalMessagePath,
    content: unknown,
    idempotencyKey: string,
    answer: Parser<Result>,
  ): Promise<Result> {
    return this.#client.post(`/api/partner/v1/${path}`, content, idempotencyKey, answer);
  }
}
