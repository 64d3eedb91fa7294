import { MAX_SHEET_BYTES } from '@qingpu/documents/limits';
import type { FastifyInstance } from 'fastify';

export const CSV = 'text/csv';
export const EXCEL = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

/** Sheets come as they are; whoever takes them finds the bytes as the body. Both types need a preflight across origins. */
export function acceptSheets(fastify: FastifyInstance): void {
  fastify.addContentTypeParser(
    [CSV, EXCEL],
    { parseAs: 'buffer', bodyLimit: MAX_SHEET_BYTES },
    async (_request: unknown, body: Buffer) => body,
  );
}
