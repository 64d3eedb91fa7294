import { syntheticResident } from '@qingpu/data/residents';
import { typedIn } from './synthetic-people.ts';

/** A person that is never registered. */
export const SAMPLE_PERSON_ID = '7d9fb0c2-3b5e-4a0a-9c53-8a6f2f3f0001';

const person = typedIn(syntheticResident(1_999_999));
const personId = SAMPLE_PERSON_ID;

/** A valid body for each writing route of residents, as `METHOD /path`. */
const BODIES: Readonly<Record<string, object>> = {
  'POST /api/residents/registration': { person },
  'POST /api/residents/family': { person, relation: 'parent', guardianConsent: false },
  'POST /api/residents/cards': { personId, kind: 'healthCode', number: 'A1234567', institutionCode: null },
  'PUT /api/residents/mobile': { personId, mobile: '19911112222' },
  'POST /api/residents/desk/search': { mobile: '19911112222', purpose: '代为预约登记' },
  'POST /api/residents/desk/callers': { person, documentSeen: false },
  'POST /api/residents/desk/persons/:person/disclosure': { purpose: '代为预约登记' },
  'POST /api/residents/desk/persons/:person/erasure': { reason: '本人申请' },
  'POST /api/residents/previews/search': { mobile: '19911112222', state: 'all' },
  'POST /api/residents/previews': { personId, channel: 'phone', service: 'waitlist', reason: '首批体验' },
  'DELETE /api/residents/previews/:person/:channel/:service': { reason: '体验结束' },
};

/** Undefined for routes that take none. */
export function sampleResidentBody(route: string): object | undefined {
  return BODIES[route];
}

/** The routes that take a body. */
export const RESIDENT_ROUTES_WITH_BODY: readonly string[] = Object.keys(BODIES);
