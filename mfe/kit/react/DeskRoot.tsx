import { ConfigProvider } from 'antd';
import zhCN from 'antd/locale/zh_CN';
import { type ReactNode, useRef } from 'react';
import { BrowserRouter } from 'react-router';
import { antdTheme } from '../antd-theme.ts';
import type { RemoteProps } from '../remote-props.ts';
import { LiveProvider } from './live.tsx';
import { ShellProvider } from './shell-context.tsx';

interface DeskRootProps {
  readonly shell: RemoteProps;
  /** The views that the module's pages read. */
  readonly views: readonly string[];
  readonly children: ReactNode;
}

/** The root of a module of the desk: theme, router and what every page needs. Pop-ups open inside it, so no style leaves it. */
export function DeskRoot({ shell, views, children }: DeskRootProps) {
  const root = useRef<HTMLDivElement>(null);
  return (
    <div className="qp-desk" ref={root}>
      <ConfigProvider
        locale={zhCN}
        theme={antdTheme}
        getPopupContainer={() => root.current ?? document.body}
        button={{ autoInsertSpace: false }}
      >
        <ShellProvider shell={shell}>
          <LiveProvider views={views}>
            <BrowserRouter>{children}</BrowserRouter>
          </LiveProvider>
        </ShellProvider>
      </ConfigProvider>
    </div>
  );
}
