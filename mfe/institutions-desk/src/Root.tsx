import { VIEW_NAMES } from '@qingpu/contracts/http/updates';
import { antdTheme } from '@qingpu/mfe-kit/antd-theme';
import { LiveProvider } from '@qingpu/mfe-kit/react/live.tsx';
import { ShellProvider } from '@qingpu/mfe-kit/react/shell-context.tsx';
import type { RemoteProps } from '@qingpu/mfe-kit/remote-props';
import { ConfigProvider } from 'antd';
import zhCN from 'antd/locale/zh_CN';
import { useRef } from 'react';
import { BrowserRouter } from 'react-router';
import { DeskProvider } from './data/desk-context.tsx';
import { Pages } from './pages/Pages.tsx';

/** What this module's pages read. */
const VIEWS = [VIEW_NAMES.institutionDirectory];

/** The module's root: theme, router and what every page needs. Pop-ups open inside it, so no style leaves it. */
export function Root(props: RemoteProps) {
  const root = useRef<HTMLDivElement>(null);
  return (
    <div className="qp-desk" ref={root}>
      <ConfigProvider
        locale={zhCN}
        theme={antdTheme}
        getPopupContainer={() => root.current ?? document.body}
        button={{ autoInsertSpace: false }}
      >
        <ShellProvider shell={props}>
          <DeskProvider shell={props}>
            <LiveProvider views={VIEWS}>
              <BrowserRouter>
                <Pages />
              </BrowserRouter>
            </LiveProvider>
          </DeskProvider>
        </ShellProvider>
      </ConfigProvider>
    </div>
  );
}
