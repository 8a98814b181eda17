import { css } from "lit";

export const callTileStyles = css`
  :host {
    display: grid;
    place-items: center;
    position: relative;
    min-width: 0;
    min-height: 0;
    overflow: hidden;
    border-radius: var(--radius-tile);
    background: light-dark(oklch(0.9 0.022 var(--hue)), oklch(0.232 0.02 var(--hue)));
    container-type: size;
    contain: strict;
  }
  :host([data-kind="screen"]) {
    background: var(--tile);
  }
  /* Over the avatar: until the first picture comes a video is transparent. */
  media-video {
    position: absolute;
    inset: 0;
  }
  person-avatar {
    width: min(28cqw, 42cqh, 132px);
    font-size: min(9.5cqw, 15cqh, 46px);
  }
  .ring {
    position: absolute;
    inset: 0;
    z-index: 2;
    border-radius: inherit;
    pointer-events: none;
    box-shadow: inset 0 0 0 3px var(--accent);
    opacity: 0;
    transition: opacity var(--motion);
  }
  :host([data-speaking="true"]) .ring {
    opacity: 1;
  }
  .hand {
    position: absolute;
    top: 10px;
    left: 10px;
    z-index: 2;
    display: flex;
    align-items: center;
    gap: 5px;
    height: 30px;
    padding: 0 11px 0 9px;
    border-radius: var(--radius-full);
    background: var(--on-media);
    color: var(--media-ink);
    font-size: var(--text-xs);
    font-weight: 640;
    animation: pop var(--motion);
  }
  .hand svg {
    width: 16px;
    height: 16px;
    stroke-width: 2;
  }
  @keyframes pop {
    from {
      opacity: 0;
      scale: 0.7;
    }
  }
  /* As long as the call shows it; see REACTION_MS. */
  .emoji {
    position: absolute;
    inset: auto 0 18%;
    z-index: 3;
    text-align: center;
    font-family: var(--font-emoji);
    font-size: min(24cqw, 36cqh, 112px);
    line-height: 1.2;
    pointer-events: none;
    filter: drop-shadow(0 4px 14px var(--media-scrim));
    animation: float 3s ease-out both;
  }
  @keyframes float {
    from {
      opacity: 0;
      transform: translateY(35%) scale(0.5);
    }
    7% {
      opacity: 1;
      transform: translateY(0) scale(1.12);
    }
    13% {
      transform: translateY(0) scale(1);
    }
    80% {
      opacity: 1;
    }
    to {
      opacity: 0;
      transform: translateY(-30%);
    }
  }
  @media (prefers-reduced-motion: reduce) {
    .hand,
    .emoji {
      animation: none;
    }
  }
  .foot {
    position: absolute;
    inset: auto 10px 10px;
    z-index: 1;
    display: flex;
    align-items: center;
    gap: 8px;
    min-width: 0;
  }
  .tag {
    display: inline-flex;
    align-items: center;
    gap: 6px;
    height: 28px;
    max-width: 100%;
    padding: 0 11px;
    border-radius: var(--radius-full);
    background: var(--media-scrim);
    color: var(--on-media);
    backdrop-filter: blur(10px);
    font-size: var(--text-xs);
    font-weight: 540;
    min-width: 0;
  }
  .tag span {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .tag svg,
  .note svg {
    width: 14px;
    height: 14px;
    stroke-width: 2.2;
  }
  .tag .trust {
    color: var(--trust-on-media);
    display: flex;
  }
  .note {
    position: absolute;
    inset: auto 10px 10px;
    z-index: 1;
    display: flex;
    align-items: center;
    gap: 10px;
    min-height: var(--target);
    padding: 8px 14px 8px 12px;
    border: 0;
    border-radius: 12px;
    background: var(--media-scrim);
    color: var(--on-media);
    backdrop-filter: blur(10px);
    font-size: var(--text-xs);
    line-height: 1.35;
    text-align: start;
    /* Most keys are there at once: a note that flashes would only frighten. */
    animation: appear 0s 2.5s both;
  }
  .note svg {
    width: 16px;
    height: 16px;
    color: var(--warn-on-media);
  }
  .note span {
    flex: 1;
    min-width: 0;
  }
  .note .short {
    display: none;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .note b {
    color: var(--link-on-media);
    font-weight: 560;
  }
  @keyframes appear {
    from {
      visibility: hidden;
    }
  }
  .under-note {
    animation: vanish 0s 2.5s both;
  }
  @keyframes vanish {
    to {
      visibility: hidden;
    }
  }
  .connecting {
    position: absolute;
    top: 10px;
    right: 10px;
    animation: appear 0s 0.4s both;
  }
  @container (max-width: 300px) or (max-height: 120px) {
    .note {
      inset: auto 6px 6px;
      gap: 8px;
      min-height: 32px;
      padding: 4px 10px;
    }
    .note .long,
    .note b {
      position: absolute;
      width: 1px;
      height: 1px;
      overflow: hidden;
      clip-path: inset(50%);
    }
    .note .short {
      display: block;
    }
  }
  @container (max-width: 190px) {
    .foot {
      inset: auto 6px 6px;
    }
    .hand {
      top: 6px;
      left: 6px;
      height: 24px;
      padding: 0 8px 0 6px;
      font-size: 12px;
    }
    .tag {
      height: 24px;
      padding: 0 8px;
      font-size: 12px;
    }
    .connecting {
      display: none;
    }
  }
  :host([data-compact]) .tag .trust {
    display: none;
  }
`;
