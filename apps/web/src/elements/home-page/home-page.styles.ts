import { css } from "lit";

export const homePageStyles = css`
  :host {
    display: flex;
    flex-direction: column;
    min-height: 100%;
  }
  main {
    flex: 1;
    display: grid;
    align-content: center;
    gap: var(--space-6);
    width: min(680px, 100%);
    margin: 0 auto;
    padding: var(--space-5) var(--space-5) 10vh;
  }
  h1 {
    font-size: var(--text-hero);
    line-height: 1.04;
    letter-spacing: -0.032em;
    font-weight: 660;
  }
  .lead {
    margin-top: var(--space-4);
    max-width: 33em;
    font-size: var(--text-m);
    color: var(--text-soft);
    text-wrap: pretty;
  }
  .forms {
    display: grid;
    gap: var(--space-3);
  }
  form {
    display: grid;
    grid-template-columns: minmax(0, 1fr) 132px;
    gap: var(--space-2) var(--space-3);
  }
  .field {
    height: 48px;
  }
  .button {
    min-height: 48px;
  }
  .fault {
    grid-column: 1 / -1;
    color: var(--danger-text);
    font-size: var(--text-xs);
  }
  ul {
    list-style: none;
    margin: var(--space-2) 0 0;
    padding: 0;
  }
  li {
    display: flex;
    align-items: center;
    margin: 0 -12px;
    border-radius: var(--radius-control);
  }
  li:hover,
  li:focus-within {
    background: color-mix(in oklch, var(--raised) 75%, transparent);
  }
  li a {
    flex: 1;
    min-width: 0;
    display: flex;
    align-items: center;
    gap: 12px;
    min-height: var(--target);
    padding: 0 12px;
    color: inherit;
    text-decoration: none;
    border-radius: var(--radius-control);
  }
  li a svg {
    color: var(--text-faint);
    width: 18px;
    height: 18px;
  }
  li span {
    flex: 1;
    min-width: 0;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  li .icon-button svg {
    width: 16px;
    height: 16px;
  }
  h2 {
    font-size: var(--text-xs);
    font-weight: 450;
    color: var(--text-faint);
  }
  @media (max-width: 560px) {
    main {
      padding-inline: var(--space-4);
    }
    form {
      grid-template-columns: 1fr;
    }
    .forms {
      gap: var(--space-5);
    }
  }
`;
