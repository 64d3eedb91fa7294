import { describe, expect, it } from 'vitest';
import { createElderSwitch } from './elder.ts';

function place() {
  const kept = new Map<string, string>();
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
  } as unknown as Storage;
  const root = () => ({ dataset: {} }) as unknown as HTMLElement;
  return { storage, root };
}

describe('elder mode', () => {
  it('is off at first, marks the page, tells listeners and is kept for the next visit', () => {
    const { storage, root } = place();
    const page = root();
    const elder = createElderSwitch(page, storage);
    const heard: boolean[] = [];
    const stop = elder.subscribe((on) => heard.push(on));
    expect(elder.isOn()).toBe(false);
    elder.set(true);
    stop();
    elder.set(true);
    expect(heard).toEqual([true]);
    expect(page.dataset.elder).toBe('true');
    expect(createElderSwitch(root(), storage).isOn()).toBe(true);
  });

  it('works without storage', () => {
    const elder = createElderSwitch(place().root(), undefined);
    elder.set(true);
    expect(elder.isOn()).toBe(true);
  });
});
