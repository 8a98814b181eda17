import { css } from "lit";

export const callPageStyles = css`
  :host {
    display: flex;
    flex-direction: column;
    height: 100%;
    min-height: 0;
    overflow: hidden;
  }
  header {
    flex: none;
    display: flex;
    align-items: center;
    gap: var(--space-3);
    min-height: 64px;
    padding: var(--space-2) var(--space-4);
  }
  header h1 {
    min-width: 0;
    font-size: var(--text-s);
    font-weight: 580;
    letter-spacing: -0.005em;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  :host([header="none"]) header {
    min-height: 48px;
    padding-block: 2px;
  }
  :host([header="none"]) header h1 {
    position: absolute;
    clip-path: inset(50%);
    width: 1px;
  }
  .clock {
    color: var(--text-faint);
  }
  .space {
    flex: 1;
  }
  .people-button {
    display: inline-flex;
    gap: 8px;
    padding: 0 14px;
    font-weight: 540;
  }
  .people-button[aria-expanded="true"] {
    background: var(--raised);
    color: var(--text);
  }
  .banner {
    flex: none;
    display: flex;
    align-items: center;
    gap: 10px;
    margin: 0 var(--space-4) var(--space-3);
    padding: 8px 14px;
    border-radius: var(--radius-control);
    background: color-mix(in oklch, var(--warn) 14%, transparent);
    font-size: var(--text-xs);
  }
  .banner svg {
    color: var(--warn);
    width: 17px;
    height: 17px;
  }
  .banner span {
    flex: 1;
  }
  .banner .button {
    flex: none;
  }
  .stage {
    flex: 1;
    min-height: 0;
    display: flex;
    gap: var(--space-4);
    padding: 0 var(--space-4);
  }
  .bare {
    padding-bottom: var(--space-4);
  }
  .seats {
    position: relative;
    flex: 1;
    min-width: 0;
  }
  tile-grid {
    position: absolute;
    inset: 0;
  }
  people-panel {
    flex: none;
    width: 320px;
  }
  .alone {
    position: absolute;
    inset: auto 0 0;
    margin: 0 auto 24px;
    z-index: 2;
    width: min(420px, calc(100% - 32px));
    display: grid;
    gap: var(--space-3);
    justify-items: center;
    padding: var(--space-5);
    border-radius: var(--radius-tile);
    background: var(--raised);
    box-shadow: var(--shadow-float);
    text-align: center;
  }
  .alone h2 {
    font-size: var(--text-m);
    font-weight: 600;
    letter-spacing: -0.01em;
  }
  .alone p {
    margin-top: 4px;
    color: var(--text-soft);
  }
  footer {
    flex: none;
  }
  @media (max-width: 720px) {
    header {
      min-height: 56px;
      padding: var(--space-1) var(--space-2) var(--space-1) var(--space-3);
    }
    .stage {
      padding: 0 8px;
    }
    .banner {
      margin: 0 8px 8px;
    }
    .banner small {
      display: none;
    }
    people-panel {
      position: fixed;
      z-index: 10;
      inset: auto 8px calc(8px + env(safe-area-inset-bottom));
      width: auto;
      max-height: 70dvh;
      box-shadow: var(--shadow-float);
    }
  }
  @media (max-width: 480px) {
    header h1,
    .clock {
      position: absolute;
      clip-path: inset(50%);
      width: 1px;
    }
  }
  @media (max-height: 460px) {
    header {
      min-height: 44px;
      padding-block: 0;
    }
  }
`;
