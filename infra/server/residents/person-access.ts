import type { Role } from '@qingpu/contracts/http/session';
import type { FastifyRequest } from 'fastify';
import type { Principal } from '../access/principal.ts';
import { HttpProblem } from '../http/http-problem.ts';
import type { ActedFor, People } from './people.ts';

/** What staff may do to persons. */
export type PersonAction = 'find' | 'register' | 'disclose' | 'erase' | 'preview';

const GRANTS: Readonly<Record<Role, readonly PersonAction[]>> = {
  districtAdmin: ['find', 'register', 'disclose', 'erase', 'preview'],
  hospitalAdmin: ['find', 'register', 'disclose'],
  coordinator: ['find', 'register'],
  regulator: [],
  // Residents act for their own account's persons only, whichever they name.
  resident: [],
};

export function mayWithPersons(principal: Principal, action: PersonAction): boolean {
  return 'role' in principal && GRANTS[principal.role].includes(action);
}

/** @throws HttpProblem 403 */
export function allowWithPersons({ principal }: FastifyRequest, action: PersonAction): void {
  if (!mayWithPersons(principal, action))
    throw new HttpProblem(403, 'forbidden', '您没有权限进行此操作，如有需要请联系管理员');
}

/** The account of the resident who asks. @throws HttpProblem 403 for everybody else */
export function ownAccount(request: FastifyRequest): string {
  const { principal } = request;
  if (principal.kind !== 'resident') throw new HttpProblem(403, 'forbidden', '请使用居民账号登录后操作');
  return principal.id;
}

/** The person as one of the resident's own. @throws HttpProblem 404, also for persons that exist elsewhere */
export async function ownPerson(
  { people }: { readonly people: Pick<People, 'personsOf'> },
  accountId: string,
  personId: string,
): Promise<ActedFor> {
  const found = (await people.personsOf(accountId)).find((acted) => acted.personId === personId);
  if (!found) throw new HttpProblem(404, 'person-unknown', '没有找到此人，请在就诊人列表中重新选择');
  return found;
}
