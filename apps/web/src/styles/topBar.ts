import { html, nothing, type TemplateResult } from "lit";

import type { HeaderKind } from "../boot/lookParameters.ts";
import { strings } from "../strings/strings.ts";
import { brandMark } from "./brandMark.ts";
import { icon } from "./icons.ts";

/** What a page needs to draw what stands above it. */
export interface TopBar {
  readonly header: HeaderKind;
  readonly brand: string;
  /** Absent where there is no way out. */
  readonly goHome: (() => void) | undefined;
  readonly goBack: (() => void) | undefined;
}

/** The bar above a page that is not a call, with something at its end. */
export function topBar(bar: TopBar, end: TemplateResult | typeof nothing = nothing): TemplateResult | typeof nothing {
  switch (bar.header) {
    case "none":
      return nothing;
    case "app_bar":
      return html`<header class="top">${backButton(bar.goBack)}<span></span>${end}</header>`;
    default:
      return html`<header class="top">${brandMark(bar.brand, bar.goHome)} ${end}</header>`;
  }
}

/** The way back of a bar on a phone, if there is one. */
export function backButton(goBack: (() => void) | undefined): TemplateResult | typeof nothing {
  if (!goBack) return nothing;
  return html`<button
    class="icon-button"
    type="button"
    data-testid="back"
    aria-label=${strings.back}
    @click=${() => goBack()}
  >
    ${icon("back")}
  </button>`;
}

/** The way out of a page that has nothing more to say. */
export function exitButton(page: Pick<TopBar, "goHome"> & { readonly exit: string }): TemplateResult | typeof nothing {
  if (!page.goHome) return nothing;
  return html`<button class="button" type="button" data-testid="exit" @click=${() => page.goHome?.()}>
    ${page.exit}
  </button>`;
}
