import { Verifier, type VerifierOptions } from '@pact-foundation/pact';
import { expect } from 'vitest';
import { signAfresh } from './fresh-signature.ts';
import { interactionsIn } from './pact-file.ts';

/** What a provider does to be in a state, by the state's name in the pact. */
export type States = NonNullable<VerifierOptions['stateHandlers']>;

export interface Trial {
  readonly provider: string;
  /** Where the provider listens. */
  readonly url: string;
  /** The pact that the platform's own gateway has written, and the descriptions of what it must hold. */
  readonly file: string;
  readonly promises: readonly string[];
  /** Under which the platform signs. */
  readonly signer: { readonly partnerId: string; readonly secret: string };
  readonly states: States;
}

/**
 * Holds one who answers the platform to every promise of the pact, those under a wrong signature with it.
 * @throws Error naming the promises that are not kept
 */
export async function holdToPact({ provider, url, file, promises, signer, states }: Trial): Promise<void> {
  expect(interactionsIn(file)).toEqual(promises.toSorted());
  let { secret } = signer;
  const verifier = new Verifier({
    provider,
    providerBaseUrl: url,
    pactUrls: [file],
    logLevel: 'error',
    requestFilter: signAfresh((partnerId) => (partnerId === signer.partnerId ? secret : undefined)),
    stateHandlers: {
      'the platform signs under a wrong secret': {
        setup: async () => {
          secret = 'not-the-secret-that-was-agreed-on';
        },
        teardown: async () => {
          ({ secret } = signer);
        },
      },
      ...states,
    },
  });
  await verifier.verifyProvider();
}

/** A state in which the simulator answers that it cannot just now. */
export function down(simulator: {
  setFault(order: { readonly kind: 'status'; readonly status: 503 }): void;
  reset(): void;
}): States[string] {
  return {
    setup: async () => simulator.setFault({ kind: 'status', status: 503 }),
    teardown: async () => simulator.reset(),
  };
}
