import { Component, type ReactNode } from 'react';
import { Broken } from './Broken.tsx';

/** Keeps a screen that fails while drawing to itself; 重试 draws it anew without loading the page. */
export class PageBoundary extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }

  override render(): ReactNode {
    return this.state.failed ? (
      <Broken onRetry={() => this.setState({ failed: false })} />
    ) : (
      this.props.children
    );
  }
}
