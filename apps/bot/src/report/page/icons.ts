import { type Markup, markup } from "./markup.ts";

/** A tick in a ring. */
export function tickIcon(label: string): Markup {
  return icon(label, "held", markup`<path d="M6.2 10.4l2.6 2.6 5-5.6"/>`);
}

/** A cross in a ring. */
export function crossIcon(label: string): Markup {
  return icon(label, "broken", markup`<path d="M7 7l6 6m0-6l-6 6"/>`);
}

/** A bar in a ring: nothing can be said. */
export function voidIcon(label: string): Markup {
  return icon(label, "void", markup`<path d="M10 6v5m0 2.6v.2"/>`);
}

function icon(label: string, kind: "held" | "broken" | "void", inside: Markup): Markup {
  return markup`<svg class="tick ${kind}" viewBox="0 0 20 20" role="img" aria-label="${label}" fill="none" stroke="currentColor" stroke-width="1.9" stroke-linecap="round" stroke-linejoin="round"><circle cx="10" cy="10" r="8"/>${inside}</svg>`;
}
