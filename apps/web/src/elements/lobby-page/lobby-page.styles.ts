import { css } from "lit";

export const lobbyPageStyles = css`
  :host {
    display: flex;
    flex-direction: column;
    min-height: 100%;
  }
  main {
    flex: 1;
    display: grid;
    grid-template-columns: minmax(0, 1.55fr) minmax(300px, 1fr);
    gap: var(--space-5) var(--space-7);
    align-items: center;
    align-content: center;
    width: min(1120px, 100%);
    margin: 0 auto;
    padding: var(--space-3) var(--space-5) 8vh;
  }
  .preview {
    position: relative;
    aspect-ratio: 16 / 9;
    width: 100%;
    max-height: 52dvh;
    border-radius: var(--radius-tile);
    overflow: hidden;
    background: var(--tile);
    display: grid;
    place-items: center;
    container-type: size;
  }
  .preview media-video {
    position: absolute;
    inset: 0;
  }
  .preview person-avatar {
    width: min(24cqw, 40cqh, 128px);
    font-size: min(9cqw, 15cqh, 44px);
    margin-bottom: 8cqh;
  }
  .state {
    position: absolute;
    top: 14px;
    left: 50%;
    translate: -50% 0;
    padding: 5px 12px;
    border-radius: var(--radius-full);
    background: var(--media-scrim);
    color: var(--on-media);
    font-size: var(--text-xs);
    white-space: nowrap;
  }
  .controls {
    position: absolute;
    inset: auto 0 16px;
    display: flex;
    justify-content: center;
    gap: var(--space-3);
  }
  .control {
    display: flex;
    align-items: center;
    justify-content: center;
    gap: 12px;
    height: 52px;
    min-width: 56px;
    padding: 0 18px;
    border: 0;
    border-radius: var(--radius-full);
    background: var(--raised);
    box-shadow: var(--shadow-float);
    transition: background var(--motion);
  }
  .control:hover {
    background: var(--raised-hover);
  }
  .control[aria-pressed="false"]:enabled {
    background: color-mix(in oklch, var(--danger) 24%, var(--raised));
    color: var(--danger-text);
  }
  .devices {
    display: grid;
    grid-template-columns: repeat(3, minmax(0, 1fr));
    gap: var(--space-2);
    margin-top: var(--space-3);
  }
  .device {
    position: relative;
    display: flex;
    align-items: center;
    gap: 8px;
    height: 40px;
    padding-left: 10px;
    border-radius: var(--radius-control);
    color: var(--text-soft);
    transition: background var(--motion);
  }
  .device:hover {
    background: var(--raised-hover);
    color: var(--text);
  }
  .device svg {
    width: 17px;
    height: 17px;
  }
  .device select {
    appearance: none;
    flex: 1;
    min-width: 0;
    height: 100%;
    padding: 0 28px 0 36px;
    margin-left: -35px;
    border: 0;
    border-radius: inherit;
    background: transparent;
    font-size: var(--text-xs);
    text-overflow: ellipsis;
    cursor: pointer;
  }
  .device select option {
    background: var(--raised);
    color: var(--text);
  }
  .device svg:last-child {
    position: absolute;
    right: 9px;
    width: 14px;
    height: 14px;
    rotate: 180deg;
    pointer-events: none;
  }
  .problems {
    display: grid;
    gap: var(--space-2);
    margin-top: var(--space-3);
  }
  .problem {
    display: flex;
    gap: 10px;
    padding: 10px 12px;
    border-radius: var(--radius-control);
    background: color-mix(in oklch, var(--warn) 12%, transparent);
    font-size: var(--text-xs);
  }
  .problem svg {
    color: var(--warn);
    width: 18px;
    height: 18px;
  }
  .problem small {
    display: block;
    margin-top: 2px;
    font-size: 12px;
  }
  .problem.failed {
    background: color-mix(in oklch, var(--danger) 14%, transparent);
  }
  .problem.failed svg {
    color: var(--danger-text);
  }
  .side {
    display: grid;
    gap: var(--space-4);
    min-width: 0;
  }
  .side h1 {
    font-size: calc(var(--text-l) * 1.12);
  }
  .present {
    display: flex;
    align-items: center;
    gap: 12px;
    min-height: 30px;
    text-wrap: pretty;
    margin-top: calc(-1 * var(--space-2));
    color: var(--text-soft);
  }
  .faces {
    display: flex;
    flex: none;
  }
  .faces person-avatar {
    width: 30px;
    font-size: 11.5px;
    margin-left: -8px;
    box-shadow: 0 0 0 2px var(--stage);
  }
  .faces person-avatar:first-child {
    margin-left: 0;
  }
  form {
    display: grid;
    gap: var(--space-3);
  }
  label {
    display: grid;
    gap: 6px;
    font-size: var(--text-xs);
    color: var(--text-soft);
  }
  .field {
    color: var(--text);
    font-size: var(--text-s);
    height: 48px;
  }
  .primary {
    min-height: 52px;
    font-size: var(--text-m);
  }
  .fault {
    color: var(--danger-text);
    font-size: var(--text-xs);
  }
  /* Keeps its place: nothing may move under a pointer. */
  .away {
    visibility: hidden;
  }
  .foot {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    justify-content: space-between;
    gap: var(--space-2);
  }
  .lock {
    display: inline-flex;
    align-items: center;
    gap: 7px;
    font-size: var(--text-xs);
    font-weight: 540;
    color: var(--trust);
  }
  .lock.open {
    color: var(--warn);
  }
  .lock svg {
    width: 15px;
    height: 15px;
    stroke-width: 2.1;
  }
  .waiting {
    display: inline-flex;
    align-items: center;
    gap: 10px;
  }
  .waiting::before {
    content: "";
    width: 16px;
    height: 16px;
    border-radius: 50%;
    border: 2.5px solid currentColor;
    border-right-color: transparent;
    animation: turn 0.9s linear infinite;
  }
  @keyframes turn {
    to {
      rotate: 1turn;
    }
  }
  @media (prefers-reduced-motion: reduce) {
    .waiting::before {
      animation-duration: 4s;
    }
  }
  @media (max-width: 820px) {
    main {
      grid-template-columns: minmax(0, 1fr);
      align-content: start;
      max-width: 560px;
      padding: 0 var(--space-4) var(--space-5);
    }
    .device {
      height: var(--target);
    }
  }
  @media (max-width: 480px) {
    .devices {
      grid-template-columns: repeat(2, minmax(0, 1fr));
      gap: 2px var(--space-2);
      margin-top: var(--space-2);
    }
  }
`;
