import { css } from "lit";

/** A page that says one thing in its middle. */
export const messageStyles = css`
  :host {
    display: flex;
    flex-direction: column;
    min-height: 100%;
  }
  main {
    flex: 1;
    display: grid;
    place-content: center;
    justify-items: center;
    gap: var(--space-3);
    padding: var(--space-5) var(--space-5) 14vh;
    text-align: center;
  }
  h1 {
    font-size: var(--text-xl);
    letter-spacing: -0.025em;
  }
  p {
    max-width: 30em;
    text-wrap: pretty;
    color: var(--text-soft);
  }
  .words {
    display: grid;
    justify-items: center;
    gap: var(--space-3);
  }
  .cause {
    color: var(--text);
  }
  .actions {
    display: flex;
    flex-wrap: wrap;
    justify-content: center;
    gap: var(--space-3);
    margin-top: var(--space-4);
  }
  code {
    font-size: 12px;
    color: var(--text-faint);
  }
  .sign {
    display: grid;
    place-items: center;
    width: 64px;
    height: 64px;
    margin-bottom: var(--space-2);
    border-radius: 50%;
    background: color-mix(in oklch, var(--warn) 14%, transparent);
    color: var(--warn);
  }
  .sign.calm {
    background: var(--tile);
    color: var(--text-soft);
  }
  .sign svg {
    width: 28px;
    height: 28px;
  }
`;
