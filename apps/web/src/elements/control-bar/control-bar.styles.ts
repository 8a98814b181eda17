import { css } from "lit";

export const controlBarStyles = css`
  .bar {
    display: flex;
    align-items: center;
    justify-content: center;
    gap: var(--space-3);
    min-height: 84px;
    padding: var(--space-3) var(--space-4);
  }
  .pill {
    display: flex;
    gap: 2px;
    padding: 4px;
    border-radius: var(--radius-full);
    background: var(--raised);
    box-shadow: inset 0 0 0 1px var(--line);
  }
  .toggle {
    display: grid;
    place-items: center;
    width: 50px;
    height: var(--target);
    padding: 0;
    border: 0;
    border-radius: var(--radius-full);
    background: transparent;
    transition: background var(--motion);
  }
  .toggle:hover {
    background: var(--raised-hover);
  }
  .toggle.off {
    background: color-mix(in oklch, var(--danger) 20%, transparent);
    color: var(--danger-text);
  }
  .toggle.active {
    background: var(--accent);
    color: var(--on-accent);
  }
  .leave {
    display: inline-flex;
    align-items: center;
    gap: 10px;
    height: 52px;
    padding: 0 22px;
    border: 0;
    border-radius: var(--radius-full);
    background: var(--danger);
    color: var(--on-danger);
    font-weight: 560;
    transition: background var(--motion);
  }
  .leave:hover {
    background: var(--danger-hover);
  }
  @media (max-width: 560px) {
    .bar {
      gap: var(--space-2);
      min-height: 0;
      padding: 10px 8px calc(14px + env(safe-area-inset-bottom));
    }
    .leave {
      padding: 0;
      width: 64px;
      justify-content: center;
    }
    .leave span {
      position: absolute;
      clip-path: inset(50%);
      width: 1px;
      overflow: hidden;
    }
  }
  @media (max-width: 480px) {
    .bar {
      gap: 4px;
      padding-inline: 4px;
    }
    .pill {
      gap: 0;
      padding: 3px;
    }
    .toggle {
      width: var(--target);
    }
    .leave {
      width: 52px;
    }
    /* It is in the menu of emojis. */
    .share-pill {
      display: none;
    }
  }
  @media (max-height: 460px) {
    .bar {
      min-height: 0;
      padding-block: 6px;
    }
  }
`;
