import { join } from 'node:path';
import { MatchersV3, PactV4 } from '@pact-foundation/pact';
import { PLATFORM, refusalOf, signedHeaders } from './pact-file.ts';

/*
 * What the specs of the platform as a consumer share: its real gateway writes down what it delivers and needs; whoever
 * answers is the mock of a receiver.
 */

const { like, regex } = MatchersV3;

/** What the provider is told of a state. */
type StateParameters = NonNullable<Parameters<ReturnType<PactV4['addInteraction']>['given']>[1]>;

export interface DeliveryCall {
  readonly description: string;
  readonly given: readonly [name: string, parameters: StateParameters];
  readonly path: string;
  /** Under whose name it is signed. */
  readonly partnerId: string;
  /** As it arrives. */
  readonly content: { readonly deliveryId: string };
  readonly answer: { readonly status: number; readonly body: object };
}

/** The pact of the platform with those whom it delivers to, as it is being written. */
export class DeliveryPact {
  /** Descriptions of what was promised. */
  readonly promises: string[] = [];
  readonly #pact: PactV4;

  /** @param file where the pact will stand */
  constructor(file: string, provider: string) {
    this.#pact = new PactV4({ consumer: PLATFORM, provider, dir: join(file, '..'), logLevel: 'error' });
  }

  /** One interaction; answers the refusal where there is one. */
  promised(
    { description, given: [state, parameters], path, partnerId, content, answer }: DeliveryCall,
    deliver: (url: string) => Promise<void>,
  ): Promise<unknown> {
    this.promises.push(description);
    return this.#pact
      .addInteraction()
      .given(state, parameters)
      .uponReceiving(description)
      .withRequest('POST', path, (request) =>
        request.headers(signedHeaders(partnerId, content.deliveryId)).jsonBody(content),
      )
      .willRespondWith(answer.status, (response) =>
        response
          .headers({ 'Content-Type': regex('^application/json(;.*)?$', 'application/json; charset=utf-8') })
          .jsonBody(answer.body),
      )
      .executeTest(({ url }) => (answer.status === 200 ? deliver(url) : refusalOf(deliver(url))));
  }
}

export const taken = ({ deliveryId }: { readonly deliveryId: string }) => ({
  status: 200,
  body: { deliveryId, received: true },
});
export const refused = (status: number) => ({ status, body: { code: like('refused') } });
