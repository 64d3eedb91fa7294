import '@qingpu/mfe-kit/strict-csp';
import { Broken } from '@qingpu/mfe-kit/react/Broken.tsx';
import type { RemoteProps } from '@qingpu/mfe-kit/remote-props';
import * as React from 'react';
import * as ReactDOMClient from 'react-dom/client';
import singleSpaReact from 'single-spa-react';
import { Root } from './Root.tsx';
import '@qingpu/mfe-kit/react/desk.css';
import './styles.css';

export const { bootstrap, mount, unmount } = singleSpaReact<RemoteProps>({
  React,
  ReactDOMClient,
  rootComponent: Root,
  errorBoundary: () => <Broken onRetry={() => location.reload()} />,
});
