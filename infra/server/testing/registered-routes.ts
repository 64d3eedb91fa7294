import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { vi } from 'vitest';

/** Every route of the application that is created next, as `METHOD /path`, while the list fills. */
export function watchRoutes(): ReadonlySet<string> {
  const routes = new Set<string>();
  const create = NestFactory.create.bind(NestFactory) as (...parts: unknown[]) => Promise<unknown>;
  vi.spyOn(NestFactory, 'create').mockImplementationOnce((async (...parts: unknown[]) => {
    const app = (await create(...parts)) as NestFastifyApplication;
    const fastify = app.getHttpAdapter().getInstance() as unknown as FastifyInstance;
    fastify.addHook('onRoute', ({ method, url }) => {
      for (const one of [method].flat()) routes.add(`${one} ${url}`);
    });
    return app;
  }) as never);
  return routes;
}
