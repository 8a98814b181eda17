const MARGIN_PX = 10;

/** Puts a popover over the button that opens it, inside the window. */
export function placeAbove(panel: HTMLElement, button: HTMLElement): void {
  const { left, top, width } = button.getBoundingClientRect();
  const wanted = left + width / 2 - panel.offsetWidth / 2;
  const highest = innerWidth - panel.offsetWidth - MARGIN_PX;
  panel.style.left = `${Math.max(MARGIN_PX, Math.min(wanted, highest))}px`;
  panel.style.bottom = `${innerHeight - top + MARGIN_PX}px`;
}

/** Gives the focus back to the button. A press elsewhere has already moved it; Escape leaves it nowhere. */
export function giveFocusBack(panel: HTMLElement, button: HTMLElement): void {
  const root = panel.getRootNode();
  const isLost =
    document.activeElement === document.body || (root instanceof ShadowRoot && panel.contains(root.activeElement));
  if (isLost) button.focus();
}
