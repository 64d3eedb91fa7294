import type { RemoteProps } from '@qingpu/mfe-kit/remote-props';
import type { AppProps, LifeCycleFn, LifeCycles } from 'single-spa';
import { element } from '../dom.ts';
import { errorPlace, loadingPlace } from '../pages/places.ts';

type PlaceProps = RemoteProps & AppProps;

/**
 * One remote in its own place on the page. single-spa gives up for good on an application that fails, so it never sees
 * a failure: loading and mounting happen here, and a failed remote leaves an error place whose 重试 tries again.
 */
export class RemotePlace {
  readonly container: HTMLElement;
  #app: LifeCycles | undefined;
  #wanted = false;
  /** How to take the mounted application away again. */
  #takeAway: (() => Promise<void>) | undefined;
  /** Mounting and unmounting of one remote never overlap. */
  #turn: Promise<void> = Promise.resolve();

  constructor(
    readonly name: string,
    private readonly load: () => Promise<LifeCycles>,
  ) {
    this.container = element('div', { id: `place-${name}`, class: 'qs-remote-place' });
  }

  /** What single-spa is given. Mounting returns at once, so that a slow remote never holds up navigation. */
  lifecycles(): LifeCycles<RemoteProps> {
    return {
      bootstrap: async () => undefined,
      mount: async (props) => {
        this.#wanted = true;
        void this.#open(props);
      },
      unmount: async () => {
        this.#wanted = false;
        await this.#inTurn(() => this.#close());
      },
    };
  }

  async #open(props: PlaceProps): Promise<void> {
    this.container.replaceChildren(loadingPlace());
    try {
      this.#app ??= await this.#prepared(props);
      await this.#inTurn(() => this.#mount(props));
    } catch (error) {
      if (this.#wanted) this.container.replaceChildren(errorPlace(error, () => void this.#open(props)));
    }
  }

  async #prepared(props: PlaceProps): Promise<LifeCycles> {
    const app = await this.load();
    await run(app.bootstrap, props);
    return app;
  }

  async #mount(props: PlaceProps): Promise<void> {
    const app = this.#app;
    if (!this.#wanted || this.#takeAway || !app) return;
    const domElement = element('div', { id: `remote-${this.name}` });
    const mountProps = { ...props, domElement };
    this.container.replaceChildren(domElement);
    await run(app.mount, mountProps);
    this.#takeAway = () => run(app.unmount, mountProps);
  }

  async #close(): Promise<void> {
    await this.#takeAway?.();
    this.#takeAway = undefined;
    this.container.replaceChildren();
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const next = this.#turn.then(work);
    this.#turn = next.catch(() => undefined);
    return next;
  }
}

async function run(steps: LifeCycles['mount'], props: PlaceProps): Promise<void> {
  for (const step of [steps].flat()) await (step as LifeCycleFn<PlaceProps>)(props);
}
