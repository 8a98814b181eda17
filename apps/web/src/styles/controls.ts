import { css } from "lit";

/** What buttons, fields and headings look like in every element. */
export const controls = css`
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  :host {
    color: var(--text);
  }
  :host([hidden]),
  [hidden] {
    display: none !important;
  }
  h1,
  h2,
  h3,
  p {
    margin: 0;
  }
  h1 {
    font-size: var(--text-l);
    line-height: 1.2;
    letter-spacing: -0.018em;
    font-weight: 620;
    text-wrap: balance;
    overflow-wrap: anywhere;
  }
  h1:focus {
    outline: none;
  }
  button,
  input,
  select {
    font: inherit;
    color: inherit;
  }
  button {
    cursor: pointer;
    -webkit-tap-highlight-color: transparent;
  }
  :focus-visible {
    outline: 2px solid var(--accent);
    outline-offset: 2px;
  }
  a {
    color: var(--accent);
  }
  svg {
    width: 20px;
    height: 20px;
    stroke-width: 1.75;
    flex: none;
    display: block;
  }
  .button {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: var(--space-2);
    min-height: var(--target);
    padding: 8px 18px;
    border: 0;
    border-radius: var(--radius-control);
    background: var(--raised);
    box-shadow: inset 0 0 0 1px var(--line);
    font-weight: 540;
    text-decoration: none;
    color: var(--text);
    transition: background var(--motion);
  }
  .button:hover {
    background: var(--raised-hover);
  }
  .button.primary {
    background: var(--accent);
    color: var(--on-accent);
    box-shadow: none;
  }
  .button.primary:hover {
    background: var(--accent-hover);
  }
  .button.quiet {
    background: transparent;
    box-shadow: none;
  }
  .button.quiet:hover {
    background: var(--raised-hover);
  }
  .button[disabled] {
    opacity: 0.55;
    cursor: default;
  }
  .icon-button {
    display: grid;
    place-items: center;
    min-width: var(--target);
    height: var(--target);
    padding: 0 10px;
    border: 0;
    border-radius: var(--radius-full);
    background: transparent;
    color: var(--text-soft);
    transition: background var(--motion);
  }
  .icon-button:hover {
    background: var(--raised-hover);
    color: var(--text);
  }
  .field {
    width: 100%;
    min-width: 0;
    height: var(--target);
    padding: 0 14px;
    border: 1px solid light-dark(oklch(0 0 0 / 0.22), oklch(1 0 0 / 0.16));
    border-radius: var(--radius-control);
    background: var(--raised);
  }
  .field::placeholder {
    color: var(--text-faint);
    opacity: 1;
  }
  .hidden-visually {
    position: absolute;
    width: 1px;
    height: 1px;
    margin: -1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  .soft {
    color: var(--text-soft);
  }
  .faint {
    color: var(--text-faint);
  }
  .small {
    font-size: var(--text-xs);
  }
  .numerals {
    font-variant-numeric: tabular-nums;
  }
`;

/** Tooltips of icon buttons: `data-tip`, shown on hover and on keyboard focus. */
export const tooltips = css`
  [data-tip] {
    position: relative;
  }
  [data-tip]::after {
    content: attr(data-tip);
    position: absolute;
    bottom: calc(100% + 10px);
    left: 50%;
    translate: -50% 4px;
    padding: 6px 10px;
    border-radius: 8px;
    background: var(--text);
    color: var(--stage);
    font-size: 12px;
    font-weight: 540;
    line-height: 1.2;
    white-space: nowrap;
    opacity: 0;
    pointer-events: none;
    transition:
      opacity var(--motion),
      translate var(--motion);
    z-index: 20;
  }
  [data-tip-side="below"]::after {
    bottom: auto;
    top: calc(100% + 6px);
    translate: -50% -4px;
  }
  [data-tip-side="below-left"]::after {
    bottom: auto;
    top: calc(100% + 6px);
    left: auto;
    right: 0;
    translate: 0 -4px;
  }
  @media (hover: hover) {
    [data-tip]:hover::after {
      opacity: 1;
      transition-delay: 350ms;
    }
  }
  [data-tip]:focus-visible::after {
    opacity: 1;
  }
  [data-tip][aria-expanded="true"]::after {
    opacity: 0;
  }
`;
