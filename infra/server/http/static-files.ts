import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

const YEAR_SECONDS = 31_536_000;
/** File names that carry a hash of their content never change. */
const HASHED = /\.[0-9a-f]{8,}\.(js|css|woff2?|ttf|svg|png)$/;
/** Paths that the shell routes by itself. */
const SHELL_PATHS = ['/', '/portal', '/portal/*', '/desk', '/desk/*', '/sign-in'];

/** Serves the shell at `/` and each built remote at `/mfe/<name>/`. Says what is missing instead of serving half. */
export async function serveFrontEnd(
  app: NestFastifyApplication,
  repository: string,
): Promise<readonly string[]> {
  const fastify = app.getHttpAdapter().getInstance() as unknown as FastifyInstance;
  const shell = join(repository, 'shell', 'dist');
  if (!existsSync(join(shell, 'index.html'))) return ['shell'];
  const remotes = builtRemotes(repository);
  await fastify.register(fastifyStatic, {
    root: shell,
    prefix: '/',
    wildcard: false,
    index: false,
    cacheControl: false,
    setHeaders: cacheHeaders,
  });
  for (const { name, folder } of remotes.built) {
    await fastify.register(fastifyStatic, {
      root: folder,
      prefix: `/mfe/${name}/`,
      decorateReply: false,
      index: false,
      cacheControl: false,
      setHeaders: cacheHeaders,
    });
  }
  const sendShell = (_request: FastifyRequest, reply: FastifyReply) => reply.sendFile('index.html');
  for (const path of SHELL_PATHS) fastify.get(path, sendShell);
  return remotes.missing;
}

/** The root folder of this build: three levels up from `infra/server/dist/http`, or from its source. */
export function repositoryFolder(): string {
  const here = fileURLToPath(new URL('.', import.meta.url));
  return here.includes(`${join('server', 'dist')}`)
    ? join(here, '..', '..', '..', '..')
    : join(here, '..', '..', '..');
}

function builtRemotes(repository: string) {
  const mfe = join(repository, 'mfe');
  const names = readdirSync(mfe).filter((name) => existsSync(join(mfe, name, 'remote.json')));
  const isBuilt = (name: string) => existsSync(join(mfe, name, 'dist'));
  return {
    built: names.filter(isBuilt).map((name) => ({ name, folder: join(mfe, name, 'dist') })),
    missing: names.filter((name) => !isBuilt(name)),
  };
}

function cacheHeaders(reply: Pick<FastifyReply, 'header'>, path: string): void {
  reply.header(
    'cache-control',
    HASHED.test(path) ? `public, max-age=${YEAR_SECONDS}, immutable` : 'no-cache',
  );
}
