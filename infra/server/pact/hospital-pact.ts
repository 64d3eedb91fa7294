import { join } from 'node:path';
import { MatchersV3, PactV4 } from '@pact-foundation/pact';
import { HospitalClient } from '@qingpu/simulators/hospital-client';
import type { PartnerCredential } from '@qingpu/simulators/partner-credential';
import { HOSPITAL, PLATFORM, signedHeaders } from './pact-file.ts';
import { testHospital } from './test-hospitals.ts';

/*
 * What the specs of hospitals as consumers share: the hospital's real client writes down what it sends and needs, and
 * every interaction has a hospital of its own.
 */

export type StateParameters = { readonly [name: string]: string };
export type State = readonly [name: string, parameters: StateParameters];

const { like, regex } = MatchersV3;
const WITH_HAN = '.*[一-龥].*';
const SECRET_OF_THE_CONSUMER_TEST = 'any-secret-will-do-against-a-mock';
const PROBLEM_CONTENT_TYPE = regex('^application/problem\\+json(;.*)?$', 'application/problem+json');

export interface HospitalCall {
  readonly description: string;
  readonly given: readonly State[];
  readonly hospital: PartnerCredential;
  readonly path: string;
  readonly idempotencyKey: string;
  readonly body: object;
  readonly answer: { readonly status: number; readonly body: object };
}

/** The pact of hospitals with the platform, as it is being written. */
export class HospitalPact {
  readonly hospitals: PartnerCredential[] = [];
  /** Descriptions of what was promised. */
  readonly promises: string[] = [];
  readonly #pact: PactV4;

  /** @param file where the pact will stand */
  constructor(file: string) {
    this.#pact = new PactV4({
      consumer: HOSPITAL,
      provider: PLATFORM,
      dir: join(file, '..'),
      logLevel: 'error',
    });
  }

  nextHospital(): PartnerCredential {
    const hospital = testHospital(this.hospitals.length + 1);
    this.hospitals.push(hospital);
    return hospital;
  }

  hospitalOf(institutionCode: string): PartnerCredential {
    const found = this.hospitals.find((hospital) => hospital.institutionCode === institutionCode);
    if (!found) throw new Error(`no hospital has the code ${institutionCode}`);
    return found;
  }

  secretOf(partnerId: string): string | undefined {
    return this.hospitals.find((hospital) => hospital.partnerId === partnerId)?.secret;
  }

  /** One interaction: what is sent is exact but for the signature; what comes back is matched by form. */
  promised<Result>(
    { description, given, hospital, path, idempotencyKey, body, answer }: HospitalCall,
    use: (client: HospitalClient) => Promise<Result>,
  ) {
    this.promises.push(description);
    const contentType =
      answer.status < 400 ? regex('^application/json(;.*)?$', 'application/json') : PROBLEM_CONTENT_TYPE;
    const interaction = given.reduce(
      (known, [state, parameters]) => known.given(state, parameters),
      this.#pact.addInteraction(),
    );
    return interaction
      .uponReceiving(description)
      .withRequest('POST', path, (request) =>
        request.headers(signedHeaders(hospital.partnerId, idempotencyKey)).jsonBody(body),
      )
      .willRespondWith(answer.status, (response) =>
        response.headers({ 'Content-Type': contentType }).jsonBody(answer.body),
      )
      .executeTest(({ url }) =>
        use(
          new HospitalClient({
            baseUrl: url,
            partner: { partnerId: hospital.partnerId, secret: SECRET_OF_THE_CONSUMER_TEST },
            attempts: 1,
          }),
        ),
      );
  }
}

/** A Chinese sentence; the example is one. */
export function sentence(example: string) {
  return regex(WITH_HAN, example);
}

/** A refusal: the stable code is exact, the advice is any sentence in Chinese. */
export function problem(status: number, code: string, errors?: readonly object[]) {
  return {
    status,
    body: {
      type: like('about:blank'),
      title: like('refused'),
      status,
      code,
      detail: sentence('请按提示修改后重新提交'),
      ...(errors && { errors }),
    },
  };
}

/** What a state was asked for by name. */
export function parameter(parameters: unknown, name: string): string {
  const value = (parameters as StateParameters | undefined)?.[name];
  if (value === undefined) throw new Error(`the state has no parameter ${name}`);
  return value;
}
