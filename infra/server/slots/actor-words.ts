import type { Actor } from '@qingpu/contracts/events/stored-event';

/** Who did something, in words that name no person. `institutionName` is the institution whose slot it is. */
export function actorWords({ kind }: Actor, institutionName: string): string {
  switch (kind) {
    case 'partner':
      return `${institutionName}系统`;
    case 'staff':
      return '工作人员';
    case 'resident':
      return '居民';
    case 'system':
      return '平台自动处理';
  }
}
