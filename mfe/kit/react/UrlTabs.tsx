import { Tabs } from 'antd';
import type { ReactNode } from 'react';
import { useQuery } from './use-query.ts';

export interface Tab {
  readonly key: string;
  readonly text: string;
  readonly content: () => ReactNode;
}

const DEFAULTS = { tab: '' } as const;

/** Tabs whose choice stands in the URL; only the open one is drawn. */
export function UrlTabs({ label, tabs }: { label: string; tabs: readonly Tab[] }) {
  const { query, change } = useQuery(DEFAULTS);
  const first = tabs[0]?.key ?? '';
  const active = tabs.some((tab) => tab.key === query.tab) ? query.tab : first;
  return (
    <Tabs
      aria-label={label}
      activeKey={active}
      destroyOnHidden
      onChange={(tab) => change({ tab: tab === first ? '' : tab })}
      items={tabs.map((tab) => ({
        key: tab.key,
        label: tab.text,
        children: tab.key === active ? tab.content() : null,
      }))}
    />
  );
}
