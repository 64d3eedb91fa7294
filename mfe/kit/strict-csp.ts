/**
 * zod probes `new Function` to speed up parsing. Our content security policy forbids it, and the probe alone
 * would be reported as a violation, so zod is told before its first use to do without.
 */
const page = globalThis as typeof globalThis & { __zod_globalConfig?: { jitless?: boolean } };
page.__zod_globalConfig = Object.assign(page.__zod_globalConfig ?? {}, { jitless: true });

export const STRICT_CSP = true;
