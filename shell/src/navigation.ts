/** Leads to a path of the platform without loading the page anew. */
export function navigate(path: string): void {
  const target = new URL(path, location.href);
  if (target.origin !== location.origin) return;
  if (target.href === location.href) return;
  // vue-router rewrites the address when the history state is empty.
  history.pushState({ shell: true }, '', target);
}

/** Same-origin links of the shell's own chrome lead through `navigate`. */
export function followLinks(root: HTMLElement): void {
  root.addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (!link || !isPlainClick(event) || !leadsHere(link)) return;
    event.preventDefault();
    navigate(link.href);
  });
}

function isPlainClick(event: MouseEvent): boolean {
  const modified = event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
  return event.button === 0 && !event.defaultPrevented && !modified;
}

function leadsHere(link: HTMLAnchorElement): boolean {
  const elsewhere = link.target !== '' && link.target !== '_self';
  const onlyHash = link.getAttribute('href')?.startsWith('#') ?? true;
  return link.origin === location.origin && !elsewhere && !onlyHash && !link.hasAttribute('download');
}
