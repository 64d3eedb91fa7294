import { type Refusal, unsupported } from './errors.ts';

/** Why this engine does not have a service, by the name of the service. */
const whyRefused: ReadonlyMap<string, string> = new Map([
  ['PersistentSubscriptions', 'use a catch-up subscription with a checkpoint of your own'],
  ['Projections', 'fold events in a read model'],
  ['Users', 'it listens on loopback only and has no accounts'],
  ['Operations', 'there is nothing to scavenge, merge or resign'],
  ['Gossip', 'it is a single node; connect with a single address'],
  ['Monitoring', 'it keeps no statistics'],
]);

/** The refusal of a method that this engine does not have, by its name: UNIMPLEMENTED. */
export function refusalOf(path: string): Refusal {
  const [service = '', method = ''] = path.replace(/^\/(?:[a-z_]+\.)*/, '').split('/');
  return unsupported(`${service}.${method}`, whyRefused.get(service) ?? 'it is not part of the protocol');
}
