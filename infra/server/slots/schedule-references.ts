import type { DoctorTitle } from '@qingpu/contracts/codes/directory-tables';
import { type DirectoryKind, institutionEvents } from '@qingpu/contracts/events/institutions';
import type { Registration } from '@qingpu/contracts/partners/hospital/registration';
import { isProtectedSubject } from '@qingpu/contracts/rules/protected-subjects';
import { directoryEntry, entryStream } from '@qingpu/domains-institutions/directory-entry';
import type { EventLog } from '@qingpu/domains-kernel/event-log';
import { readStream } from '@qingpu/domains-kernel/read-stream';
import type { ScheduleReferences } from '@qingpu/domains-slots/ports';
import type { NamedBySchedule, ScheduleFacts } from '@qingpu/domains-slots/schedule-facts';
import { ExpiringMemo } from './expiring-memo.ts';

type Details<Kind extends DirectoryKind> = Registration<Kind>['details'];

/** A hospital sends its schedules in batches that name the same departments again and again. */
const REMEMBERED = { lifeMs: 2_000, most: 5_000 };

/** The directory as schedules need it, read from the streams of what they name; what was read counts for two seconds. */
export class DirectoryScheduleReferences implements ScheduleReferences {
  readonly #log: EventLog;
  readonly #entries = new ExpiringMemo<unknown>(REMEMBERED);

  constructor(log: EventLog) {
    this.#log = log;
  }

  async factsOf(institutionCode: string, named: NamedBySchedule): Promise<ScheduleFacts> {
    const clinicKind = named.kind === 'internet' ? 'internetClinic' : 'clinic';
    const [institution, department, clinic, doctorTitle] = await Promise.all([
      this.#active('institution', institutionCode, institutionCode),
      this.#active('department', institutionCode, named.departmentCode),
      named.clinicCode === null ? undefined : this.#active(clinicKind, institutionCode, named.clinicCode),
      named.doctorCode === null ? null : this.titleOf(institutionCode, named.doctorCode),
    ]);
    return {
      mode: institution?.slotMode ?? null,
      sensitivity: department ? (isProtectedSubject(department.subjectCode) ? 'level5' : 'usual') : null,
      clinicActive: named.clinicCode === null || clinic !== undefined,
      doctorTitle,
    };
  }

  /** How the institution's slots are handed out; null when it is not registered or not active. */
  async modeOf(institutionCode: string): Promise<ScheduleFacts['mode']> {
    return (await this.#active('institution', institutionCode, institutionCode))?.slotMode ?? null;
  }

  async titleOf(institutionCode: string, doctorCode: string): Promise<DoctorTitle | null> {
    return (await this.#active('doctor', institutionCode, doctorCode))?.title ?? null;
  }

  /** The details of an active entry. */
  #active<Kind extends DirectoryKind>(
    kind: Kind,
    institutionCode: string,
    code: string,
  ): Promise<Details<Kind> | undefined> {
    const stream = entryStream(kind, institutionCode, code);
    const found = this.#entries.get(stream, async () => {
      const state = await readStream(this.#log, stream, institutionEvents, directoryEntry);
      return state.status === 'active' ? state.details : undefined;
    });
    return found as Promise<Details<Kind> | undefined>;
  }
}
