/** Masks a name: the first character stays. 王小明 → 王**. */
export function maskName(name: string): string {
  const characters = [...name];
  return characters.length === 0 ? '' : `${characters[0]}${'*'.repeat(Math.max(1, characters.length - 1))}`;
}

/** Masks an identity number: the first 3 and the last 4 characters stay; shorter values are masked whole. */
export function maskIdentityNumber(value: string): string {
  return value.length < 8
    ? '*'.repeat(value.length)
    : `${value.slice(0, 3)}${'*'.repeat(value.length - 7)}${value.slice(-4)}`;
}

/** Masks a mobile number: 138****1234; shorter values are masked whole. */
export function maskPhone(value: string): string {
  return value.length < 8 ? '*'.repeat(value.length) : `${value.slice(0, 3)}****${value.slice(-4)}`;
}
