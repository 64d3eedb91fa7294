import { DOCTOR_TITLES, type DoctorTitle } from '@qingpu/contracts/codes/directory-tables';
import type { ScheduleKind } from '@qingpu/contracts/codes/slot-tables';
import type { InstitutionDirectory } from '@qingpu/read-models-institution-directory/queries';
import { entryId } from '@qingpu/read-models-institution-directory/view';
import { ExpiringMemo } from './expiring-memo.ts';

/** What a line about a schedule or a booking says by codes. */
export interface Named {
  readonly institutionCode: string;
  readonly departmentCode: string;
  readonly clinicCode: string | null;
  readonly doctorCode: string | null;
  readonly doctorTitle: DoctorTitle | string | null;
  readonly kind: ScheduleKind;
}

export interface Names {
  readonly institutionName: string;
  readonly departmentName: string;
  readonly clinicName: string | null;
  readonly doctorName: string | null;
  /** Chinese, such as 主任医师. */
  readonly doctorTitle: string | null;
}

/** A name may be half a minute old; a renamed department is no reason to ask for every line of every list. */
const REMEMBERED = { lifeMs: 30_000, most: 20_000 };

/** Joins the directory's names to what the views say by codes. A code that nobody knows stands for itself. */
export class DirectoryNames {
  readonly #directory: Pick<InstitutionDirectory, 'namesOf'>;
  readonly #names = new ExpiringMemo<string | undefined>(REMEMBERED);

  constructor(directory: Pick<InstitutionDirectory, 'namesOf'>) {
    this.#directory = directory;
  }

  async join<Line extends Named>(line: Line): Promise<Omit<Line, 'doctorTitle'> & Names> {
    const [joined] = await this.joinAll([line]);
    if (!joined) throw new Error('one line was asked for');
    return joined;
  }

  async joinAll<Line extends Named>(lines: readonly Line[]): Promise<(Omit<Line, 'doctorTitle'> & Names)[]> {
    const names = await this.#namesOf(lines.flatMap(idsOf));
    return lines.map((line) => ({ ...line, ...namesIn(line, names) }));
  }

  async institution(code: string): Promise<string> {
    return (await this.institutions([code])).get(code) ?? code;
  }

  async institutions(codes: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const names = await this.#namesOf(codes.map((code) => entryId('institution', code, code)));
    return new Map(codes.map((code) => [code, names.get(entryId('institution', code, code)) ?? code]));
  }

  async departments(institutionCode: string, codes: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const idOf = (code: string) => entryId('department', institutionCode, code);
    const names = await this.#namesOf(codes.map(idOf));
    return new Map(codes.map((code) => [code, names.get(idOf(code)) ?? code]));
  }

  /** Joins the names of institution and department to figures by department. */
  async joinDepartments<Line extends Pick<Named, 'institutionCode' | 'departmentCode'>>(
    lines: readonly Line[],
  ): Promise<(Line & Pick<Names, 'institutionName' | 'departmentName'>)[]> {
    const idOf = ({ institutionCode, departmentCode }: Line) =>
      entryId('department', institutionCode, departmentCode);
    const institutions = await this.institutions(lines.map(({ institutionCode }) => institutionCode));
    const departments = await this.#namesOf(lines.map(idOf));
    return lines.map((line) => ({
      ...line,
      institutionName: institutions.get(line.institutionCode) ?? line.institutionCode,
      departmentName: departments.get(idOf(line)) ?? line.departmentCode,
    }));
  }

  async doctor(institutionCode: string, code: string): Promise<string> {
    const id = entryId('doctor', institutionCode, code);
    return (await this.#namesOf([id])).get(id) ?? code;
  }

  /** Asks the view once for all names that are not remembered. */
  async #namesOf(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const wanted = [...new Set(ids)];
    let asked: Promise<ReadonlyMap<string, string>> | undefined;
    const missing: string[] = [];
    const ask = () => {
      asked ??= Promise.resolve().then(() => this.#directory.namesOf(missing));
      return asked;
    };
    const found = await Promise.all(
      wanted.map((id) =>
        this.#names.get(id, async () => {
          missing.push(id);
          return (await ask()).get(id);
        }),
      ),
    );
    // Who is not known yet may be registered in this very moment.
    for (const [index, id] of wanted.entries()) if (found[index] === undefined) this.#names.forget(id);
    return new Map(wanted.flatMap((id, index) => (found[index] === undefined ? [] : [[id, found[index]]])));
  }
}

function clinicId({ institutionCode, clinicCode, kind }: Named): string | undefined {
  if (clinicCode === null) return undefined;
  return entryId(kind === 'internet' ? 'internetClinic' : 'clinic', institutionCode, clinicCode);
}

function idsOf(line: Named): string[] {
  const { institutionCode, departmentCode, doctorCode } = line;
  const clinic = clinicId(line);
  return [
    entryId('institution', institutionCode, institutionCode),
    entryId('department', institutionCode, departmentCode),
    ...(doctorCode === null ? [] : [entryId('doctor', institutionCode, doctorCode)]),
    ...(clinic === undefined ? [] : [clinic]),
  ];
}

function namesIn(line: Named, names: ReadonlyMap<string, string>): Names {
  const { institutionCode, departmentCode, clinicCode, doctorCode, doctorTitle } = line;
  const clinic = clinicId(line);
  return {
    institutionName: names.get(entryId('institution', institutionCode, institutionCode)) ?? institutionCode,
    departmentName: names.get(entryId('department', institutionCode, departmentCode)) ?? departmentCode,
    clinicName: clinic === undefined ? null : (names.get(clinic) ?? clinicCode),
    doctorName:
      doctorCode === null ? null : (names.get(entryId('doctor', institutionCode, doctorCode)) ?? doctorCode),
    doctorTitle: doctorTitle === null ? null : (DOCTOR_TITLES[doctorTitle as DoctorTitle] ?? doctorTitle),
  };
}
