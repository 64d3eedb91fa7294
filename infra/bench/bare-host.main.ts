import 'reflect-metadata';
import { Controller, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';

/** The baseline: the same framework with a handler that does nothing. */
@Controller('bare')
class BareController {
  @Post()
  handle(): object {
    return { done: true };
  }
}

@Module({ controllers: [BareController] })
class BareModule {}

const app = await NestFactory.create<NestFastifyApplication>(BareModule, new FastifyAdapter(), {
  logger: false,
  rawBody: true,
});
await app.listen(0, '127.0.0.1');
process.stdout.write(`bare host at ${await app.getUrl()}\n`);
process.on('SIGTERM', () => {
  void app.close().then(() => process.exit(0));
});
