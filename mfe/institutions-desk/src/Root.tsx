import { antdTheme } from '@qingpu/mfe-kit/antd-theme';
import type { RemoteProps } from '@qingpu/mfe-kit/remote-props';
import { ConfigProvider } from 'antd';
import zhCN from 'antd/locale/zh_CN';
import { useRef } from 'react';
import { BrowserRouter } from 'react-router';
import { DeskProvider } from './data/desk-context.tsx';
import { LiveProvider } from './data/live.tsx';
import { Pages } from './pages/Pages.tsx';

/** The module's root: theme, router and what every page needs. Pop-ups open inside it, so no style leaves it. */
export function Root(props: RemoteProps) {
  const root = useRef<HTMLDivElement>(null);
  return (
    <div className="institutions-desk" ref={root}>
      <ConfigProvider
        locale={zhCN}
        theme={antdTheme}
        getPopupContainer={() => root.current ?? document.body}
        button={{ autoInsertSpace: false }}
      >
        <DeskProvider shell={props}>
          <LiveProvider>
            <BrowserRouter>
              <Pages />
            </BrowserRouter>
          </LiveProvider>
        </DeskProvider>
      </ConfigProvider>
    </div>
  );
}
