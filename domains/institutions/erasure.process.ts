import type { DestroyPersonKeyCommand } from '@qingpu/contracts/commands/privacy';
import { institutionEvents } from '@qingpu/contracts/events/institutions';
import type { ProcessManager } from '@qingpu/domains-kernel/process-manager';
import { doctorSubject } from './doctor-subject.ts';

const { DoctorErased } = institutionEvents;
const catalogue = { DoctorErased };

/** Destroys the key of a doctor who was erased; a kill between the fact and the destruction only delays it. */
export const erasureProcess: ProcessManager<typeof catalogue, DestroyPersonKeyCommand> = {
  name: 'doctor-erasure',
  catalogue,
  react: ({ data }) => [
    { type: 'DestroyPersonKey', subject: doctorSubject(data.institutionCode, data.code) },
  ],
};
