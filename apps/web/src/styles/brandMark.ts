import { css, html, type TemplateResult } from "lit";

/** The product's sign and name, leading to the start if there is a way. */
export function brandMark(brand: string, goHome: (() => void) | undefined): TemplateResult {
  if (!goHome) return html`<span class="brand"><i aria-hidden="true"></i>${brand}</span>`;
  return html`<a
    class="brand"
    href="/"
    @click=${(event: MouseEvent) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey) return;
      event.preventDefault();
      goHome();
    }}
    ><i aria-hidden="true"></i>${brand}</a
  >`;
}

export const brandMarkStyles = css`
  .brand {
    display: flex;
    align-items: center;
    gap: 10px;
    min-height: var(--target);
    font-weight: 620;
    letter-spacing: -0.01em;
    color: var(--text);
    text-decoration: none;
    border-radius: 8px;
  }
  .brand i {
    width: 22px;
    height: 22px;
    border-radius: 7px;
    background: conic-gradient(from 210deg, var(--accent), var(--trust), oklch(0.58 0.17 255), var(--accent));
  }
  .top {
    display: flex;
    align-items: center;
    justify-content: space-between;
    gap: var(--space-3);
    padding: var(--space-2) var(--space-5);
    min-height: 64px;
    flex: none;
  }
  @media (max-width: 720px) {
    .top {
      padding: var(--space-1) var(--space-4);
      min-height: 56px;
    }
  }
`;
