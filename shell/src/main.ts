import '@qingpu/mfe-kit/strict-csp';
import '@qingpu/mfe-kit/tokens.css';
import './styles/base.css';
import './styles/phone.css';
import './styles/desk.css';
import './styles/pages.css';
import { asProblem } from '@qingpu/mfe-kit/api-problem';
import { element } from './dom.ts';
import { startShell } from './start.ts';

async function boot(root: HTMLElement): Promise<void> {
  root.replaceChildren(element('p', { class: 'qs-place-text', role: 'status' }, '正在打开…'));
  try {
    await startShell(root);
  } catch (error) {
    root.replaceChildren(cannotStart(asProblem(error).detail, () => void boot(root)));
  }
}

/** Neither who one is nor what is deployed could be had: nothing can be shown but this. */
function cannotStart(detail: string, retry: () => void): HTMLElement {
  return element(
    'main',
    { class: 'qs-place', role: 'alert' },
    element('h1', { class: 'qs-place-title' }, '平台暂时打不开'),
    element('p', { class: 'qs-place-text' }, detail),
    element('button', { type: 'button', class: 'qs-button qs-primary', click: retry }, '重试'),
  );
}

const root = document.getElementById('shell');
if (root) void boot(root);
