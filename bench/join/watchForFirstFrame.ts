declare global {
  interface Window {
    /** Time from the last press of Join to the first frame of somebody else on screen, in ms. */
    firstRemoteFrame: Promise<number>;
  }
}

/**
 * Runs in the page before anything else, and refers to nothing outside itself. Hears of each video as it gets its stream:
 * looking for new ones all the time would cost some of the time that is measured.
 */
export function watchForFirstFrame(): void {
  let clickedAtMs = Number.NaN;
  let done: (elapsedMs: number) => void;
  window.firstRemoteFrame = new Promise((resolve) => (done = resolve));

  function isRemote(element: Element): boolean {
    const tile = element.closest('[data-testid="tile"]');
    if (tile) return tile.getAttribute("data-self") === "false";
    const root = element.getRootNode();
    return root instanceof ShadowRoot && isRemote(root.host);
  }

  const source = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, "srcObject")!;
  Object.defineProperty(HTMLMediaElement.prototype, "srcObject", {
    ...source,
    set(this: HTMLMediaElement, stream: MediaStream | null) {
      source.set!.call(this, stream);
      if (!(this instanceof HTMLVideoElement) || !stream || Number.isNaN(clickedAtMs)) return;
      this.requestVideoFrameCallback((nowMs) => {
        if (isRemote(this)) done(nowMs - clickedAtMs);
      });
    },
  });

  addEventListener(
    "click",
    (event) => {
      const isJoin = (part: EventTarget): boolean =>
        part instanceof Element && part.getAttribute("data-testid") === "lobby-join";
      if (event.composedPath().some(isJoin)) clickedAtMs = performance.now();
    },
    { capture: true },
  );
}
