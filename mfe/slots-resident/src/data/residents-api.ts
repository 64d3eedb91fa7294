import type { Page } from '@qingpu/contracts/http/paging';
import {
  type AccessItem,
  accessPageSchema,
  cardResultSchema,
  familySchema,
  type MyPersons,
  myPersonsSchema,
  type NewCard,
  type NewPerson,
  type PersonResult,
  personResultSchema,
} from '@qingpu/contracts/http/residents';
import type { ApiClient } from '@qingpu/mfe-kit/api-client';
import type { Submission } from '@qingpu/mfe-kit/submission';
import type { PageWanted } from '@qingpu/mfe-kit/vue/use-growing-list';

export type MyPerson = MyPersons['items'][number];
export type NewFamilyMember = (typeof familySchema)['_input'];
export type CardResult = (typeof cardResultSchema)['_output'];

/** The persons whom this account acts for. */
export interface ResidentsApi {
  me(signal: AbortSignal, after?: string): Promise<MyPersons>;
  register(person: NewPerson, submission: Submission): Promise<PersonResult>;
  addFamilyMember(member: NewFamilyMember, submission: Submission): Promise<PersonResult>;
  removeFamilyMember(person: string, submission: Submission): Promise<PersonResult>;
  addCard(card: NewCard, submission: Submission): Promise<CardResult>;
  removeCard(person: string, card: string, submission: Submission): Promise<CardResult>;
  /** Who looked at the person's record. */
  accesses(person: string, page: PageWanted, signal: AbortSignal): Promise<Page<AccessItem>>;
}

const ROOT = '/api/residents';

export function createResidentsApi(api: ApiClient): ResidentsApi {
  return {
    me: (signal, after) => api.read(`${ROOT}/me`, myPersonsSchema, { query: { after }, signal }),
    register: (person, submission) =>
      api.write('POST', `${ROOT}/registration`, personResultSchema, { body: { person }, submission }),
    addFamilyMember: (body, submission) =>
      api.write('POST', `${ROOT}/family`, personResultSchema, { body, submission }),
    removeFamilyMember: (person, submission) =>
      api.write('DELETE', `${ROOT}/family/${person}`, personResultSchema, { submission }),
    addCard: (body, submission) => api.write('POST', `${ROOT}/cards`, cardResultSchema, { body, submission }),
    removeCard: (person, card, submission) =>
      api.write('DELETE', `${ROOT}/cards/${person}/${card}`, cardResultSchema, { submission }),
    accesses: (person, page, signal) =>
      api.read(`${ROOT}/persons/${person}/accesses`, accessPageSchema, { query: { ...page }, signal }),
  };
}
