import type { ElderSwitch } from '@qingpu/mfe-kit/elder';
import { element } from '../dom.ts';

/** The switch of elder mode; all of them on a page follow each other. */
export function elderButton(elder: ElderSwitch): HTMLElement {
  const button = element('button', {
    type: 'button',
    class: 'qs-button qs-elder-button',
    click: () => elder.set(!elder.isOn()),
  });
  const show = (on: boolean) => {
    button.textContent = on ? '退出长辈版' : '长辈版';
  };
  show(elder.isOn());
  const stop = elder.subscribe((on) => {
    if (button.isConnected) show(on);
    else stop();
  });
  return button;
}
