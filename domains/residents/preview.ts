import type { ChannelKind } from '@qingpu/contracts/codes/directory-tables';
import type { PreviewEvent } from '@qingpu/contracts/events/residents';
import type { DecisionTime } from '@qingpu/domains-kernel/command-handling';
import type { Decider } from '@qingpu/domains-kernel/decider';
import { personErased, personUnknown, previewUnknown } from './rejections.ts';

export interface PreviewCommand {
  readonly type: 'GrantPreview' | 'RevokePreview';
  readonly personId: string;
  readonly channel: ChannelKind;
  readonly service: string;
  readonly reason: string;
}

export type PreviewContext = DecisionTime & { readonly person: 'absent' | 'known' | 'erased' };

/** What a person may try before everybody: services by channel, as `<channel> <service>`. */
export const preview: Decider<ReadonlySet<string>, PreviewCommand, PreviewEvent, PreviewContext> = {
  initialState: new Set(),
  evolve: (granted, { type, data }) => {
    const others = [...granted].filter((key) => key !== keyOf(data));
    return new Set(type === 'PreviewGranted' ? [...others, keyOf(data)] : others);
  },
  decide(granted, { type, ...data }, context) {
    const isGranted = granted.has(keyOf(data));
    if (type === 'RevokePreview') {
      if (!isGranted) throw previewUnknown();
      return [{ type: 'PreviewRevoked', data }];
    }
    if (context.person === 'absent') throw personUnknown();
    if (context.person === 'erased') throw personErased();
    return isGranted ? [] : [{ type: 'PreviewGranted', data }];
  },
};

function keyOf({ channel, service }: { readonly channel: string; readonly service: string }): string {
  return `${channel} ${service}`;
}
