import { type CanActivate, type ExecutionContext, Inject, Injectable, SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { HttpProblem } from '../http/http-problem.ts';
import { CSRF_HEADER, SESSION_COOKIE } from '../http/request-context.ts';
import type { Platform } from '../platform.ts';
import { PLATFORM } from '../tokens.ts';
import { checkPartnerSignature, isSigned, type PartnerCheck, type Signer } from './partner-signature.ts';
import { principalOf, VISITOR } from './principal.ts';

type Audience = 'everyone' | 'signed-in' | 'partners' | 'payment-gateway' | 'booking-platforms' | 'host-apps';
const AUDIENCE = 'audience';

/** The route answers visitors too; what they see is decided further in. */
export const ForEveryone = () => SetMetadata(AUDIENCE, 'everyone' satisfies Audience);
/** The route wants a session. */
export const ForSignedIn = () => SetMetadata(AUDIENCE, 'signed-in' satisfies Audience);
/** The route wants a partner's signature. */
export const ForPartners = () => SetMetadata(AUDIENCE, 'partners' satisfies Audience);

/** The route wants the payment gateway's signature. */
export const ForPaymentGateway = () => SetMetadata(AUDIENCE, 'payment-gateway' satisfies Audience);
/** The route wants the signature of a booking platform. */
export const ForBookingPlatforms = () => SetMetadata(AUDIENCE, 'booking-platforms' satisfies Audience);
/** The route wants the signature of an app that embeds the portal. */
export const ForHostApps = () => SetMetadata(AUDIENCE, 'host-apps' satisfies Audience);

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Finds out who sends a request and keeps out who has no business on the route. Routes without an audience are closed. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    @Inject(Reflector) private readonly reflector: Reflector,
    @Inject(PLATFORM) private readonly platform: Platform,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const audience = this.reflector.getAllAndOverride<Audience | undefined>(AUDIENCE, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (audience === undefined) throw new HttpProblem(403, 'forbidden', '您没有权限进行此操作');
    if (audience === 'partners') await this.#admitPartner(request);
    else if (audience === 'payment-gateway') await this.#admitGateway(request);
    else if (audience === 'booking-platforms') await this.#admitBookingPlatform(request);
    else if (audience === 'host-apps') await this.#admitHostApp(request);
    else await this.#admitSession(request, audience);
    return true;
  }

  async #admitPartner(request: FastifyRequest): Promise<void> {
    const { partnerId, institutionCode } = await this.#signerOf(request, this.platform.partners);
    request.principal = { kind: 'partner', id: partnerId, institutionCode };
  }

  async #admitGateway(request: FastifyRequest): Promise<void> {
    const { paymentSigner } = this.platform;
    const byId = (id: string) => (id === paymentSigner?.partnerId ? paymentSigner : undefined);
    const { partnerId } = await this.#signerOf(request, { byId });
    request.principal = { kind: 'gateway', id: partnerId };
  }

  async #admitBookingPlatform(request: FastifyRequest): Promise<void> {
    const { partnerId, channel } = await this.#signerOf(request, this.platform.channelPartners);
    request.principal = { kind: 'channel', id: partnerId, channel };
  }

  async #admitHostApp(request: FastifyRequest): Promise<void> {
    const { partnerId } = await this.#signerOf(request, this.platform.hostApps);
    request.principal = { kind: 'app', id: partnerId };
  }

  async #signerOf<Partner extends Signer>(
    request: FastifyRequest,
    partners: PartnerCheck<Partner>['partners'],
  ): Promise<Partner> {
    if (!isSigned(request))
      throw new HttpProblem(401, 'signature-required', '该接口只接受合作方签名请求，请按接口文档签名');
    const { nonces, clock } = this.platform;
    const check = { partners, nonces, now: () => clock.now().getTime() };
    return checkPartnerSignature(request, request.rawBody ?? Buffer.alloc(0), check);
  }

  async #admitSession(request: FastifyRequest, audience: Audience): Promise<void> {
    const token = request.cookies[SESSION_COOKIE];
    const session =
      token === undefined
        ? undefined
        : await this.platform.sessions.find(token, this.platform.clock.now().getTime());
    request.session = session;
    if (!session) {
      request.principal = VISITOR;
      if (audience === 'signed-in') throw new HttpProblem(401, 'sign-in-required', '请先登录后再操作');
      return;
    }
    request.principal = principalOf(session.account);
    if (!SAFE_METHODS.has(request.method) && request.headers[CSRF_HEADER] !== session.csrfToken) {
      throw new HttpProblem(403, 'csrf-token-invalid', '页面已过期，请刷新页面后重试');
    }
  }
}
