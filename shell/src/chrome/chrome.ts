/** What surrounds the place of a page or a remote. */
export interface Chrome {
  readonly root: HTMLElement;
  readonly main: HTMLElement;
  /** Marks the menu entry of a path. */
  readonly mark: (path: string) => void;
}
