/** The opaque id under whose data key a doctor's personal data is sealed. */
export function doctorSubject(institutionCode: string, code: string): string {
  return `doctor:${institutionCode}:${code}`;
}
