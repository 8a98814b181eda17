import type { LitElement } from "lit";

import type { Corner } from "../../layout/layoutTiles.ts";

const STILL = { x: 0, y: 0 } as const;

/** Lets the floating tile be dragged, or moved by arrow keys, to one of the four corners. */
export class CornerDrag {
  readonly #host: LitElement;
  readonly #settle: (corner: Corner) => void;
  #offset: { readonly x: number; readonly y: number } = STILL;
  #isDragging = false;

  constructor(host: LitElement, settle: (corner: Corner) => void) {
    this.#host = host;
    this.#settle = settle;
  }

  get isDragging(): boolean {
    return this.#isDragging;
  }

  /** Pixels from the corner where it rests. */
  get offset(): { readonly x: number; readonly y: number } {
    return this.#offset;
  }

  begin(event: PointerEvent): void {
    const seat = event.currentTarget as HTMLElement;
    const drag = new AbortController();
    const { signal } = drag;
    seat.setPointerCapture(event.pointerId);
    this.#isDragging = true;
    seat.addEventListener(
      "pointermove",
      (move) => this.#moveTo({ x: move.clientX - event.clientX, y: move.clientY - event.clientY }),
      { signal },
    );
    const end = (): void => {
      drag.abort();
      this.#drop(seat);
    };
    seat.addEventListener("pointerup", end, { signal });
    seat.addEventListener("pointercancel", end, { signal });
  }

  onKey(event: KeyboardEvent, corner: Corner): void {
    const [vertical = "bottom", horizontal = "right"] = corner.split("_");
    const next = {
      ArrowLeft: `${vertical}_left`,
      ArrowRight: `${vertical}_right`,
      ArrowUp: `top_${horizontal}`,
      ArrowDown: `bottom_${horizontal}`,
    }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    this.#settle(next as Corner);
  }

  #moveTo(offset: { readonly x: number; readonly y: number }): void {
    this.#offset = offset;
    this.#host.requestUpdate();
  }

  #drop(seat: HTMLElement): void {
    const stage = this.#host.getBoundingClientRect();
    const box = seat.getBoundingClientRect();
    const isLeft = box.x + box.width / 2 < stage.x + stage.width / 2;
    const isTop = box.y + box.height / 2 < stage.y + stage.height / 2;
    this.#isDragging = false;
    this.#moveTo(STILL);
    this.#settle(`${isTop ? "top" : "bottom"}_${isLeft ? "left" : "right"}`);
  }
}
