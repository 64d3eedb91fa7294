import type { Role, Session } from '@qingpu/contracts/http/session';
import { describe, expect, it } from 'vitest';
import {
  mayChange,
  mayCreate,
  mayErase,
  mayReadAnalysis,
  mayReadHistory,
  ownInstitution,
} from './permissions.ts';

const as = (role: Role, institutionCode: string | null = null) => ({ role, institutionCode }) as Session;

describe('what a role is offered', () => {
  it('the district everything, a hospital its own, all others nothing', () => {
    expect(mayChange(as('districtAdmin'), 'A')).toBe(true);
    expect(mayChange(as('hospitalAdmin', 'A'), 'A')).toBe(true);
    expect(mayChange(as('hospitalAdmin', 'A'), 'B')).toBe(false);
    for (const session of [as('regulator'), as('coordinator', 'A'), as('resident'), null]) {
      expect(mayChange(session, 'A')).toBe(false);
      expect(mayCreate(session, 'doctor')).toBe(false);
    }
  });

  it('erasure and new institutions are the district’s', () => {
    expect(mayErase(as('hospitalAdmin', 'A'))).toBe(false);
    expect(mayErase(as('districtAdmin'))).toBe(true);
    expect(mayCreate(as('hospitalAdmin', 'A'), 'institution')).toBe(false);
    expect(mayCreate(as('hospitalAdmin', 'A'), 'doctor')).toBe(true);
  });

  it('histories and filed versions are for who supervises, and for the hospital itself', () => {
    expect(mayReadHistory(as('districtAdmin'), 'A')).toBe(true);
    expect(mayReadHistory(as('regulator'), 'A')).toBe(true);
    expect(mayReadHistory(as('hospitalAdmin', 'A'), 'A')).toBe(true);
    expect(mayReadHistory(as('hospitalAdmin', 'A'), 'B')).toBe(false);
    for (const session of [as('coordinator', 'A'), as('resident'), null]) {
      expect(mayReadHistory(session, 'A')).toBe(false);
    }
  });

  it('the analysis is for the district, hospitals and supervision', () => {
    for (const role of ['districtAdmin', 'hospitalAdmin', 'regulator'] as const) {
      expect(mayReadAnalysis(as(role, 'A'))).toBe(true);
    }
    for (const session of [as('coordinator', 'A'), as('resident'), null]) {
      expect(mayReadAnalysis(session)).toBe(false);
    }
  });

  it('a hospital works with its own records', () => {
    expect(ownInstitution(as('hospitalAdmin', 'A'))).toBe('A');
    expect(ownInstitution(as('coordinator', 'A'))).toBeUndefined();
  });
});
