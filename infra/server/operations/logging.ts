import { RequestMethod } from '@nestjs/common';
import type { Params } from 'nestjs-pino';
import type { Configuration } from '../config.ts';
import { opaquePath } from '../http/opaque.ts';

interface LoggedRequest {
  readonly id: string;
  readonly method: string;
  readonly url: string;
}

/** Structured logs that hold methods, paths without queries and persons, statuses and ids, and never headers or bodies. */
export function loggerOptions({ logLevel }: Pick<Configuration, 'logLevel'>): Params {
  return {
    // Without this pattern nothing is logged on Fastify.
    forRoutes: [{ path: '{*splat}', method: RequestMethod.ALL }],
    pinoHttp: {
      level: logLevel,
      quietReqLogger: true,
      customLogLevel: (_request, response, error) =>
        error || response.statusCode >= 500 ? 'error' : 'debug',
      serializers: {
        req: ({ id, method, url }: LoggedRequest) => ({ id, method, path: opaquePath(url) }),
        res: ({ statusCode }: { readonly statusCode: number }) => ({ statusCode }),
      },
    },
  };
}
