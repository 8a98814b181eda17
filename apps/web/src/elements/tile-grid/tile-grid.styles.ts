import { css } from "lit";

export const tileGridStyles = css`
  :host {
    display: block;
    position: relative;
    overflow: hidden;
    /* The ring of a tile at the edge and the focus outline need a little room. */
    border-radius: var(--radius-tile);
  }
  .pages {
    position: absolute;
    inset: 0;
    overflow: hidden;
    list-style: none;
    margin: 0;
    padding: 0;
    border-radius: inherit;
  }
  .pages.many {
    overflow-x: auto;
    scroll-snap-type: x mandatory;
    scrollbar-width: none;
  }
  .snap {
    position: absolute;
    top: 0;
    height: 1px;
    scroll-snap-align: start;
  }
  .seat {
    position: absolute;
    top: 0;
    left: 0;
    transition: transform var(--motion);
  }
  .seat call-tile {
    width: 100%;
    height: 100%;
  }
  .seat.floating {
    z-index: 3;
    border-radius: var(--radius-tile);
    box-shadow: var(--shadow-float);
    cursor: grab;
    touch-action: none;
  }
  .seat.dragged {
    transition: none;
    cursor: grabbing;
  }
  .dots {
    position: absolute;
    inset: auto 0 -2px;
    z-index: 4;
    display: flex;
    justify-content: center;
    gap: 2px;
    pointer-events: none;
  }
  .dots button {
    pointer-events: auto;
    width: 24px;
    height: 24px;
    padding: 0;
    border: 0;
    border-radius: 50%;
    background: radial-gradient(circle, var(--text-faint) 3.5px, transparent 4px);
  }
  .dots button[aria-current="true"] {
    background: radial-gradient(circle, var(--accent) 4.5px, transparent 5px);
  }
`;
