/** Someone wants to load a script or style of a module that the registry does not list. */
export class UnlistedFile extends Error {
  override readonly name = 'UnlistedFile';
  constructor(readonly path: string) {
    super(`the registry does not list ${path}`);
  }
}

/**
 * The integrity of every file of every remote, as the registry has it. Files of earlier registries stay known, so that
 * a page opened before a deployment can still load the rest of the version it started with.
 */
export class IntegrityIndex {
  readonly #known = new Map<string, string>();

  add(integrity: Readonly<Record<string, string>>): void {
    for (const [path, hash] of Object.entries(integrity)) this.#known.set(path, hash);
  }

  /**
   * The integrity to demand for a URL, undefined for files that belong to no remote.
   * Throws UnlistedFile for a file beneath /mfe/ that is not in the registry.
   */
  integrityOf(url: string, base: string): string | undefined {
    const { origin, pathname } = new URL(url, base);
    if (origin !== new URL(base).origin) throw new UnlistedFile(url);
    if (!pathname.startsWith('/mfe/')) return undefined;
    const integrity = this.#known.get(pathname);
    if (integrity === undefined) throw new UnlistedFile(pathname);
    return integrity;
  }
}
