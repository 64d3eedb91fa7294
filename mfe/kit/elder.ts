/** Elder mode (长辈版): larger type and buttons. One switch for all modules, kept on the person's device. */
export interface ElderMode {
  isOn(): boolean;
  /** Calls the listener after each switch; returns how to stop listening. */
  subscribe(listener: (on: boolean) => void): () => void;
}

/** Elder mode together with its switch; only the shell holds this. */
export interface ElderSwitch extends ElderMode {
  set(on: boolean): void;
}

const STORAGE_KEY = 'qingpu.elder';

/** The switch of this page: marks `<html data-elder="true">`, which the tokens follow. */
export function createElderSwitch(root: HTMLElement, storage: Storage | undefined): ElderSwitch {
  const listeners = new Set<(on: boolean) => void>();
  const isOn = () => root.dataset.elder === 'true';
  const mark = (on: boolean) => {
    root.dataset.elder = String(on);
  };
  mark(storage?.getItem(STORAGE_KEY) === 'true');
  return {
    isOn,
    set(on) {
      mark(on);
      storage?.setItem(STORAGE_KEY, String(on));
      for (const listener of listeners) listener(on);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
