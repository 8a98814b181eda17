import { html, render, type LitElement, type TemplateResult } from "lit";
import { page } from "vitest/browser";

/** Puts a page into the document, in a box of a given size, and waits until it is drawn. */
export async function mount<E extends LitElement>(
  content: TemplateResult,
  size: { readonly width: number; readonly height: number } = { width: 1280, height: 800 },
): Promise<E> {
  await page.viewport(size.width, size.height);
  const box = document.createElement("div");
  box.style.cssText = `width:${size.width}px;height:${size.height}px`;
  document.body.replaceChildren(box);
  render(html`${content}`, box);
  const element = box.firstElementChild as E;
  await element.updateComplete;
  return element;
}

/** The element with a test id, through open shadow roots. @throws if there is none */
export function byTestId(id: string): HTMLElement {
  const found = allByTestId(id)[0];
  if (found === undefined) throw new Error(`Nothing has the test id ${id}`);
  return found;
}

/** All elements with a test id, through open shadow roots, in the order of the page. */
export function allByTestId(id: string): readonly HTMLElement[] {
  return allElements(document.body).filter(
    (element): element is HTMLElement => element instanceof HTMLElement && element.dataset["testid"] === id,
  );
}

/** The element that has the focus, inside shadow roots too. */
export function focused(): Element | null {
  let active = document.activeElement;
  while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
  return active;
}

function allElements(root: ParentNode): readonly Element[] {
  return [...root.querySelectorAll("*")].flatMap((element) => [
    element,
    ...(element.shadowRoot ? allElements(element.shadowRoot) : []),
  ]);
}
