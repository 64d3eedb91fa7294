import table from './protected-subjects@2026.1.json' with { type: 'json' };

/** Version of the table, as decisions name it. */
export const protectedSubjectsVersion = `${table.table}@${table.version}`;

/**
 * Whether a visit under this clinical subject is specially protected (level 5): what it tells of a person is shown to
 * nobody who does not treat them. A subject covers its subdivisions: `15` also `15.01`.
 */
export function isProtectedSubject(subjectCode: string): boolean {
  return table.subjects.some((subject) => subjectCode === subject || subjectCode.startsWith(`${subject}.`));
}
