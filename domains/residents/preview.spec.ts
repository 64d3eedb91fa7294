import type { PreviewEvent } from '@qingpu/contracts/events/residents';
import { specify } from '@qingpu/domains-kernel/testing/decider-specification';
import { describe, it } from 'vitest';
import { type PreviewCommand, preview } from './preview.ts';
import { PERSON_ID } from './testing/sample-people.ts';

const now = new Date('2026-03-01T02:00:00.000Z');
const known = { now, person: 'known' } as const;
const data = {
  personId: PERSON_ID,
  channel: 'districtPortal',
  service: 'waitlist',
  reason: '首批体验',
} as const;
const grant: PreviewCommand = { type: 'GrantPreview', ...data };
const revoke: PreviewCommand = { type: 'RevokePreview', ...data };
const granted: PreviewEvent = { type: 'PreviewGranted', data };
const revoked: PreviewEvent = { type: 'PreviewRevoked', data };
const given = (...history: PreviewEvent[]) => specify(preview).given(history);

describe('the preview list', () => {
  it('takes a person in once for a service on a channel', () => {
    given().when(grant, known).thenEvents([granted]);
    given(granted)
      .when({ ...grant, reason: '再次添加' }, known)
      .thenNothingHappened();
    const elsewhere = { ...data, channel: 'hospitalApp' } as const;
    given(granted)
      .when({ type: 'GrantPreview', ...elsewhere }, known)
      .thenEvents([{ type: 'PreviewGranted', data: elsewhere }]);
  });

  it('lets a person go, and takes them in again', () => {
    given(granted).when(revoke, known).thenEvents([revoked]);
    given(granted, revoked).when(grant, known).thenEvents([granted]);
    given(granted, revoked).when(revoke, known).thenRejected('preview-unknown');
    given().when(revoke, known).thenRejected('preview-unknown');
  });

  it('takes in nobody who is unknown or erased, and lets go of whoever was erased', () => {
    given().when(grant, { now, person: 'absent' }).thenRejected('person-unknown');
    given().when(grant, { now, person: 'erased' }).thenRejected('person-erased');
    given(granted).when(revoke, { now, person: 'erased' }).thenEvents([revoked]);
  });
});
