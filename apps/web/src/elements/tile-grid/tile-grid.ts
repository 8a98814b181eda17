import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { classMap } from "lit/directives/class-map.js";
import { repeat } from "lit/directives/repeat.js";
import { styleMap } from "lit/directives/style-map.js";

import type { Rectangle, Size } from "../../layout/geometry.ts";
import { isNarrow, layoutTiles, type Corner, type StageLayout } from "../../layout/layoutTiles.ts";
import { strings } from "../../strings/strings.ts";
import { CornerDrag } from "./CornerDrag.ts";
import { tileGridStyles } from "./tile-grid.styles.ts";
import type { Tile } from "./tiles.ts";

import "../call-tile/call-tile.ts";

const GAP_WIDE = 12;
const GAP_NARROW = 8;

/** Seats all tiles; decides nothing itself but where the own picture floats. */
@customElement("tile-grid")
export class TileGrid extends LitElement {
  static override styles = tileGridStyles;

  @property({ attribute: false }) tiles: readonly Tile[] = [];
  @property({ attribute: false }) explain: (text: string) => void = () => {};
  /** Told the size in device pixels at which a remote video is shown; 0x0 once it is not shown any more. */
  @property({ attribute: false }) setVideoSize: (sid: string, size: Size) => void = () => {};
  @state() private size: Size = { width: 0, height: 0 };
  @state() private corner: Corner = "bottom_right";
  @state() private page = 0;
  @query(".pages") private readonly pages!: HTMLElement;
  readonly #drag = new CornerDrag(this, (corner) => (this.corner = corner));
  readonly #observer = new ResizeObserver(([entry]) => {
    if (entry) this.size = { width: entry.contentRect.width, height: entry.contentRect.height };
  });
  #layout: StageLayout = { mode: "grid", rectangles: [], pageCount: 1, floating: undefined };
  readonly #announced = new Map<string, string>();

  override connectedCallback(): void {
    super.connectedCallback();
    this.#observer.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#observer.disconnect();
    this.#announceSizes([]);
  }

  protected override willUpdate(): void {
    this.#layout = layoutTiles({
      kinds: this.tiles.map((tile) => tile.kind),
      size: this.size,
      gap: isNarrow(this.size) ? GAP_NARROW : GAP_WIDE,
      selfCorner: this.corner,
    });
    this.dataset["mode"] = this.#layout.mode;
  }

  protected override updated(_changed: PropertyValues<this>): void {
    // Before the first measurement everything would seem to be invisible.
    if (this.size.width > 0) this.#announceSizes(this.tiles);
  }

  protected override render(): TemplateResult {
    const { pageCount } = this.#layout;
    return html`
      <div
        class=${classMap({ pages: true, many: pageCount > 1 })}
        role="group"
        aria-label=${strings.call.stage}
        tabindex=${pageCount > 1 ? 0 : nothing}
        @scroll=${() => (this.page = Math.round(this.pages.scrollLeft / Math.max(1, this.size.width)))}
      >
        ${repeat(
          this.tiles,
          (tile) => tile.key,
          (tile, index) => this.#seat(tile, index),
        )}
        ${pageCount > 1 ? this.#snapPoints(pageCount) : nothing}
      </div>
      ${pageCount > 1 ? this.#dots(pageCount) : nothing}
    `;
  }

  #seat(tile: Tile, index: number): TemplateResult {
    const rectangle = this.#layout.rectangles[index];
    const isFloating = this.#layout.floating === index;
    const moved = isFloating ? this.#drag.offset : { x: 0, y: 0 };
    return html`<div
      class=${classMap({ seat: true, floating: isFloating, dragged: isFloating && this.#drag.isDragging })}
      style=${styleMap(rectangle ? seatStyle(rectangle, moved) : { display: "none" })}
      tabindex=${isFloating ? 0 : nothing}
      role=${isFloating ? "group" : nothing}
      aria-label=${isFloating ? strings.call.moveSelf : nothing}
      @pointerdown=${isFloating ? (event: PointerEvent) => this.#drag.begin(event) : nothing}
      @keydown=${isFloating ? (event: KeyboardEvent) => this.#drag.onKey(event, this.corner) : nothing}
    >
      <call-tile
        .member=${tile.member}
        .kind=${tile.kind}
        .video=${tile.video}
        .isMuted=${tile.isMuted}
        .explain=${this.explain}
      ></call-tile>
    </div>`;
  }

  #snapPoints(pageCount: number): TemplateResult[] {
    const { width } = this.size;
    return Array.from(
      { length: pageCount },
      (_, page) => html`<i class="snap" style=${styleMap({ left: `${page * width}px`, width: `${width}px` })}></i>`,
    );
  }

  #dots(pageCount: number): TemplateResult {
    return html`<div class="dots">
      ${Array.from(
        { length: pageCount },
        (_, page) =>
          html`<button
            type="button"
            aria-label=${strings.call.page(page + 1, pageCount)}
            aria-current=${page === this.page}
            @click=${() => this.pages.scrollTo({ left: page * this.size.width })}
          ></button>`,
      )}
    </div>`;
  }

  #announceSizes(tiles: readonly Tile[]): void {
    const shown = new Map<string, Size>();
    for (const [index, { sid }] of tiles.entries()) {
      const rectangle = this.#layout.rectangles[index];
      if (sid === undefined || rectangle === undefined) continue;
      const isOnPage = Math.floor(rectangle.x / Math.max(1, this.size.width)) === this.page;
      shown.set(sid, isOnPage ? inDevicePixels(rectangle) : { width: 0, height: 0 });
    }
    for (const [sid, size] of shown) this.#announce(sid, size);
    for (const sid of [...this.#announced.keys()].filter((sid) => !shown.has(sid))) {
      this.#announce(sid, { width: 0, height: 0 });
      this.#announced.delete(sid);
    }
  }

  #announce(sid: string, size: Size): void {
    const text = `${size.width}x${size.height}`;
    if (this.#announced.get(sid) === text) return;
    this.#announced.set(sid, text);
    this.setVideoSize(sid, size);
  }
}

function seatStyle(rectangle: Rectangle, moved: { readonly x: number; readonly y: number }): Record<string, string> {
  return {
    width: `${rectangle.width}px`,
    height: `${rectangle.height}px`,
    transform: `translate(${rectangle.x + moved.x}px, ${rectangle.y + moved.y}px)`,
  };
}

function inDevicePixels({ width, height }: Size): Size {
  return { width: Math.round(width * devicePixelRatio), height: Math.round(height * devicePixelRatio) };
}

declare global {
  interface HTMLElementTagNameMap {
    "tile-grid": TileGrid;
  }
}
