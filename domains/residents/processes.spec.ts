import type { StoredEvent } from '@qingpu/contracts/events/stored-event';
import { expect, it } from 'vitest';
import { personErasureProcess } from './erasure.process.ts';
import { personSubject } from './personal-data.ts';
import { OTHER_ID, PERSON_ID } from './testing/sample-people.ts';

it('an erasure destroys the key of the person who was erased, and of nobody else', () => {
  const react = (personId: string) =>
    personErasureProcess.react(
      { type: 'PersonErased', data: { personId, cardIds: [], reason: '本人申请' } },
      {} as StoredEvent,
    );
  expect(react(PERSON_ID)).toEqual([{ type: 'DestroyPersonKey', subject: personSubject(PERSON_ID) }]);
  expect(react(OTHER_ID)).toEqual([{ type: 'DestroyPersonKey', subject: personSubject(OTHER_ID) }]);
  expect(Object.keys(personErasureProcess.catalogue)).toEqual(['PersonErased']);
});
