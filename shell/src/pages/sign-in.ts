import { asProblem } from '@qingpu/mfe-kit/api-problem';
import { element } from '../dom.ts';
import type { CurrentSession, DevelopmentAccount } from '../session/session.ts';
import { notePage } from './places.ts';

/** The sign-in page. Certificates and one-time codes come later; during development one picks an account. */
export function signInPage(current: CurrentSession, onSignedIn: () => void): HTMLElement {
  const page = element('main', { id: 'main', class: 'qs-sign-in', tabindex: '-1' });
  void fill(page, current, onSignedIn);
  return page;
}

async function fill(page: HTMLElement, current: CurrentSession, onSignedIn: () => void): Promise<void> {
  page.replaceChildren(element('p', { class: 'qs-place-text', role: 'status' }, '正在打开登录页…'));
  try {
    const accounts = await current.accounts();
    page.replaceChildren(accounts ? signInForm(accounts, current, onSignedIn) : developmentOff());
  } catch (error) {
    const retry = () => void fill(page, current, onSignedIn);
    page.replaceChildren(
      notePage('暂时不能登录', asProblem(error).detail),
      element('button', { type: 'button', class: 'qs-button qs-primary', click: retry }, '重试'),
    );
  }
}

function developmentOff(): HTMLElement {
  return notePage('开发登录已关闭', '本环境不提供开发账号登录。请使用数字证书或统一身份认证入口登录。', {
    href: '/portal',
    text: '返回居民首页',
  });
}

function signInForm(
  accounts: readonly DevelopmentAccount[],
  current: CurrentSession,
  onSignedIn: () => void,
): HTMLElement {
  const fault = element('p', { class: 'qs-field-error', role: 'alert', id: 'sign-in-error' });
  const button = element('button', { type: 'submit', class: 'qs-button qs-primary' }, '登录');
  const code = element('input', {
    id: 'sign-in-code',
    name: 'code',
    type: 'password',
    autocomplete: 'off',
    required: true,
    'aria-describedby': 'sign-in-help sign-in-error',
  });
  const form = element(
    'form',
    { class: 'qs-card qs-sign-in-form', novalidate: true },
    element('h1', {}, '登录'),
    element('p', { class: 'qs-muted' }, '青浦新型医防融合平台 · 开发环境'),
    element(
      'fieldset',
      { class: 'qs-accounts' },
      element('legend', {}, '选择账号'),
      ...accounts.map((account, index) => accountChoice(account, index === 0)),
    ),
    element('label', { for: 'sign-in-code' }, '登录码'),
    code,
    element('p', { class: 'qs-help', id: 'sign-in-help' }, '开发环境的登录码在服务启动时给出。'),
    fault,
    button,
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void submit();
  });

  async function submit(): Promise<void> {
    fault.textContent = '';
    if (code.value === '') {
      fault.textContent = '请输入登录码';
      code.focus();
      return;
    }
    button.disabled = true;
    try {
      await current.signIn(String(new FormData(form).get('account') ?? ''), code.value);
      onSignedIn();
    } catch (error) {
      fault.textContent = asProblem(error).detail;
      button.disabled = false;
      code.select();
    }
  }
  return form;
}

function accountChoice(account: DevelopmentAccount, checked: boolean): HTMLElement {
  return element(
    'label',
    { class: 'qs-account' },
    element('input', { type: 'radio', name: 'account', value: account.account, checked }),
    element(
      'span',
      {},
      element('strong', {}, account.displayName),
      element('small', {}, [account.roleName, account.institutionName].filter(Boolean).join(' · ')),
    ),
  );
}
