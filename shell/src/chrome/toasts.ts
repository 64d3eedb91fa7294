import type { ToastKind } from '@qingpu/mfe-kit/remote-props';
import { element } from '../dom.ts';

const SHOWN_MS = 4_000;
/** A person needs longer to read what went wrong. */
const ERROR_SHOWN_MS = 8_000;

/** Short messages above the page. The region stands from the start, so that screen readers watch it. */
export class Toasts {
  readonly region = element('div', { class: 'qs-toasts', role: 'status', 'aria-live': 'polite' });

  show(message: string, kind: ToastKind = 'info'): void {
    const toast = element('div', { class: `qs-toast qs-${kind}` }, message);
    this.region.append(toast);
    setTimeout(() => toast.remove(), kind === 'error' ? ERROR_SHOWN_MS : SHOWN_MS);
  }
}
