import { SCHEDULE_KINDS } from '@qingpu/contracts/codes/slot-tables';
import type { ScheduleItem } from '@qingpu/contracts/http/slots';
import type { DirectoryReader } from '@qingpu/mfe-kit/directory';

export interface About {
  readonly title: string;
  readonly text: string;
}

/** What the directory tells of a clinic (门诊简介): of its doctor, or of the department whose doctors take turns. */
export async function aboutSchedule(
  directory: Pick<DirectoryReader, 'entry'>,
  { institutionCode, doctorCode, departmentCode, kind }: ScheduleItem,
  signal: AbortSignal,
): Promise<readonly About[]> {
  if (doctorCode === null) {
    const address = { institutionCode, code: departmentCode };
    const { details } = await directory.entry('department', address, { signal });
    return told([{ title: `${SCHEDULE_KINDS[kind]}简介`, text: details.introduction }]);
  }
  const { listing } = await directory.entry('doctor', { institutionCode, code: doctorCode }, { signal });
  return told([
    { title: '擅长', text: listing.expertise },
    { title: `${SCHEDULE_KINDS[kind]}简介`, text: listing.introduction },
  ]);
}

const told = (texts: readonly About[]): readonly About[] => texts.filter(({ text }) => text !== '');
