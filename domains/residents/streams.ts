/** Names of the streams of this context; `identityIndex` is a blind index, never the number itself. */

export function identityStream(identityIndex: string): string {
  return `identity-${identityIndex}`;
}

export function personStream(personId: string): string {
  return `person-${personId}`;
}

export function accountStream(accountId: string): string {
  return `account-${accountId}`;
}

export function previewStream(personId: string): string {
  return `preview-${personId}`;
}
