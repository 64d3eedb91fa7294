const OPAQUE = /^[A-Za-z0-9_.-]{1,80}$/;
/** An identity number, an older one or a certificate's, a mobile: somebody put a person where an id belongs. */
const PERSONAL = /\d{17}[\dXx]$|^\d{15}$|^1[3-9]\d{9}$/;

/** Part of an address as it may be written down: public codes and opaque ids; everything else becomes a question mark. */
export function opaquePart(part: unknown): string {
  return typeof part === 'string' && OPAQUE.test(part) && !PERSONAL.test(part) ? part : '?';
}

/** A path without its query, part by part. */
export function opaquePath(url: string): string {
  const [path = ''] = url.split('?');
  return path
    .split('/')
    .map((part) => (part === '' ? part : opaquePart(part)))
    .join('/');
}
