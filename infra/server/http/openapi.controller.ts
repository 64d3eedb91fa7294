import { Controller, Get, Inject } from '@nestjs/common';
import { ApiExcludeController, DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { z } from 'zod';
import { ForEveryone } from '../access/access.guard.ts';
import { APPLICATION } from '../tokens.ts';
import type { ApplicationHolder } from './application-holder.ts';

/** The API's description, made from the zod schemas on first request. */
@ApiExcludeController()
@Controller('api/openapi.json')
@ForEveryone()
export class OpenApiController {
  #document: OpenAPIObject | undefined;

  constructor(@Inject(APPLICATION) private readonly holder: ApplicationHolder) {}

  @Get()
  describe(): OpenAPIObject {
    const { application } = this.holder;
    if (!application) throw new Error('the application is not up yet');
    this.#document ??= SwaggerModule.createDocument(application, description(), {
      standardSchemaConverter: jsonSchemaOf,
    });
    return this.#document;
  }
}

function description() {
  return new DocumentBuilder()
    .setTitle('青浦新型医防融合平台')
    .setDescription('区域健康服务平台接口；错误以 application/problem+json 返回（RFC 9457）')
    .setVersion('1')
    .addCookieAuth('qingpu_session')
    .addApiKey({ type: 'apiKey', in: 'header', name: 'x-signature' }, 'partner-signature')
    .build();
}

/** Transforms cannot be described; their input side can. */
function jsonSchemaOf(schema: unknown, { schemaType }: { readonly schemaType: 'input' | 'output' }) {
  if (!(schema instanceof z.ZodType)) return undefined;
  return {
    schema: z.toJSONSchema(schema, {
      io: schemaType,
      target: 'openapi-3.0',
      unrepresentable: 'any',
    }) as never,
  };
}
