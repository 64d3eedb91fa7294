import { element } from '../dom.ts';
import { UnlistedFile } from '../remotes/integrity.ts';

/** Shown while a remote is on its way. */
export function loadingPlace(): HTMLElement {
  return element(
    'div',
    { class: 'qs-place', role: 'status' },
    element('p', { class: 'qs-place-text' }, '正在打开…'),
  );
}

/** A remote that failed: says so in its own place; the rest of the page works on. */
export function errorPlace(error: unknown, retry: () => void): HTMLElement {
  const reason =
    error instanceof UnlistedFile
      ? '文件未通过安全校验，已停止打开。请重试；多次失败请联系平台管理员。'
      : '可能是网络不稳或正在升级，请稍后重试。其他功能不受影响。';
  const button = element('button', { type: 'button', class: 'qs-button qs-primary', click: retry }, '重试');
  return element(
    'section',
    { class: 'qs-place', role: 'alert' },
    element('h1', { class: 'qs-place-title' }, '模块暂时不可用'),
    element('p', { class: 'qs-place-text' }, reason),
    button,
  );
}

/** A page of the shell that only says something and leads on. */
export function notePage(title: string, text: string, link?: { href: string; text: string }): HTMLElement {
  return element(
    'section',
    { class: 'qs-place' },
    element('h1', { class: 'qs-place-title' }, title),
    element('p', { class: 'qs-place-text' }, text),
    link && element('a', { class: 'qs-button qs-primary', href: link.href }, link.text),
  );
}
