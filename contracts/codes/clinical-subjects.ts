import table from './tables/clinical-subjects@1994.json' with { type: 'json' };

const SUBJECTS: Readonly<Record<string, string>> = table.subjects;

/** Every clinical subject with its name, in the order of the list. */
export function clinicalSubjects(): readonly { readonly code: string; readonly name: string }[] {
  return Object.entries(SUBJECTS)
    .map(([code, name]) => ({ code, name }))
    .sort((one, other) => (one.code < other.code ? -1 : 1));
}

/** Whether a code such as `03.04` stands in the list of clinical subjects. Source: 医疗机构诊疗科目名录 1994. */
export function isClinicalSubject(code: string): boolean {
  return Object.hasOwn(SUBJECTS, code);
}

/** The Chinese name of a clinical subject; undefined for an unknown code. */
export function clinicalSubjectName(code: string): string | undefined {
  return Object.hasOwn(SUBJECTS, code) ? SUBJECTS[code] : undefined;
}
