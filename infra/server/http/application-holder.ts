import type { NestFastifyApplication } from '@nestjs/platform-fastify';

/** Filled in once the application exists, for who needs to describe it. */
export interface ApplicationHolder {
  application?: NestFastifyApplication;
}
