import { randomBytes } from 'node:crypto';
import { PAYMENT_GATEWAY } from '@qingpu/contracts/partners/payment-gateway/payment-orders';
import { systemClock } from '@qingpu/domains-kernel/clock';
import type { PaymentGateway } from '@qingpu/domains-payments/ports';
import {
  type PaymentGatewaySimulator,
  startPaymentGatewaySimulator,
} from '@qingpu/simulators/payment-gateway-simulator';
import type { Signer } from '../access/partner-signature.ts';
import type { Configuration } from '../config.ts';
import { readSecret } from '../operations/service-channels.ts';
import { HttpPaymentGateway, NoPaymentGateway } from './payment-gateway.ts';

export interface PaymentsConnection {
  readonly gateway: PaymentGateway;
  /** Under what the gateway signs its reports. */
  readonly signer: Signer | undefined;
  /** Where simulators are on and no gateway is named. */
  readonly simulator: PaymentGatewaySimulator | undefined;
  /** Says where the platform is reached, once it listens. */
  reachAt(publicUrl: string | undefined, localUrl: string): void;
}

/** The payment gateway that the configuration names, a simulated one, or none. */
export async function paymentsOf({
  paymentGateway,
  simulators,
}: Pick<Configuration, 'paymentGateway' | 'simulators'>): Promise<PaymentsConnection> {
  if (paymentGateway) {
    const { url, secretFile } = paymentGateway;
    return connected({ url, secret: await readSecret(secretFile) }, undefined);
  }
  if (simulators) {
    const secret = randomBytes(32).toString('base64url');
    const simulator = await startPaymentGatewaySimulator({ secret });
    return connected({ url: simulator.url, secret }, simulator);
  }
  return {
    gateway: new NoPaymentGateway(),
    signer: undefined,
    simulator: undefined,
    reachAt: () => undefined,
  };
}

function connected(
  address: { readonly url: string; readonly secret: string },
  simulator: PaymentGatewaySimulator | undefined,
): PaymentsConnection {
  let links: { readonly notify: string; readonly portal: string } | undefined;
  const reached = () => {
    if (!links) throw new Error('the platform does not listen yet');
    return links;
  };
  return {
    gateway: new HttpPaymentGateway({ ...address, links: reached, clock: systemClock }),
    signer: { partnerId: PAYMENT_GATEWAY, secret: address.secret },
    simulator,
    reachAt: (publicUrl, localUrl) => {
      // The simulator runs beside the platform, and the public address may not be reached from there.
      links = { notify: simulator ? localUrl : (publicUrl ?? localUrl), portal: publicUrl ?? localUrl };
    },
  };
}
