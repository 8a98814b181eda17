import { css } from "lit";

export const reactionMenuStyles = css`
  :host {
    display: flex;
  }
  [popover] {
    position: fixed;
    inset: auto;
    margin: 0;
    padding: var(--space-2);
    max-width: calc(100vw - 20px);
    border: 0;
    border-radius: 14px;
    background: var(--raised);
    color: var(--text);
    box-shadow: var(--shadow-float);
  }
  .emojis {
    display: grid;
    grid-template-columns: repeat(8, var(--target));
  }
  .emoji {
    display: grid;
    place-items: center;
    width: var(--target);
    height: var(--target);
    padding: 0;
    border: 0;
    border-radius: var(--radius-control);
    background: transparent;
    font: 24px / 1 var(--font-emoji);
    transition: background var(--motion);
  }
  .emoji:hover {
    background: var(--raised-hover);
  }
  .emoji[aria-disabled="true"] {
    opacity: 0.45;
    cursor: default;
  }
  .share {
    display: none;
    align-items: center;
    gap: 12px;
    width: 100%;
    min-height: var(--target);
    padding: 0 12px;
    border: 0;
    border-radius: var(--radius-control);
    background: transparent;
    color: inherit;
    text-align: start;
  }
  .share:hover {
    background: var(--raised-hover);
  }
  @media (max-width: 480px) {
    .emojis {
      grid-template-columns: repeat(4, 1fr);
      gap: 4px;
    }
    .emoji {
      width: auto;
      min-width: 56px;
    }
    /* What the bar has no room for. */
    .share {
      display: flex;
    }
  }
`;
