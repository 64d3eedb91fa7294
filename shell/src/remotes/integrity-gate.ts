import type { IntegrityIndex } from './integrity.ts';

/**
 * A remote's own bundler runtime makes the tags of its later chunks, out of reach of federation's hooks. All of them
 * set `script.src` or `link.href`, so this is where integrity is demanded and an unlisted file refused.
 */
export function installIntegrityGate(index: IntegrityIndex): void {
  gate(HTMLScriptElement.prototype, 'src', index);
  gate(HTMLLinkElement.prototype, 'href', index);
}

function gate(
  prototype: HTMLScriptElement | HTMLLinkElement,
  property: 'src' | 'href',
  index: IntegrityIndex,
): void {
  const original = Object.getOwnPropertyDescriptor(prototype, property);
  if (!original?.set) throw new Error(`this browser has no settable ${property}`);
  const setOriginal = original.set;
  Object.defineProperty(prototype, property, {
    ...original,
    set(this: HTMLScriptElement | HTMLLinkElement, url: string) {
      const integrity = index.integrityOf(url, document.baseURI);
      if (integrity) this.integrity = integrity;
      setOriginal.call(this, url);
    },
  });
}
