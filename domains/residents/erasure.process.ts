import type { DestroyPersonKeyCommand } from '@qingpu/contracts/commands/privacy';
import { personEvents } from '@qingpu/contracts/events/residents';
import type { ProcessManager } from '@qingpu/domains-kernel/process-manager';
import { personSubject } from './personal-data.ts';

const { PersonErased } = personEvents;
const catalogue = { PersonErased };

/** Destroys the key of a person who was erased; a kill between the fact and the destruction only delays it. */
export const personErasureProcess: ProcessManager<typeof catalogue, DestroyPersonKeyCommand> = {
  name: 'person-erasure',
  catalogue,
  react: ({ data }) => [{ type: 'DestroyPersonKey', subject: personSubject(data.personId) }],
};
