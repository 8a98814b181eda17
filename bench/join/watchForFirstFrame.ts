declare global {
  interface Window {
    /** Time from the last press of Join to the first frame of somebody else on screen, in ms. */
    firstRemoteFrame: Promise<number>;
  }
}

/** Runs in the page before anything else, and refers to nothing outside itself. */
export function watchForFirstFrame(): void {
  let done: (elapsedMs: number) => void;
  window.firstRemoteFrame = new Promise((resolve) => (done = resolve));
  const watched = new WeakSet<HTMLVideoElement>();

  function* videosOf(root: Document | ShadowRoot, isRemote: boolean): Generator<HTMLVideoElement> {
    for (const element of root.querySelectorAll("*")) {
      const isInRemoteTile = isRemote || element.closest('[data-testid="tile"]:not([data-self="true"])') !== null;
      if (element instanceof HTMLVideoElement && isInRemoteTile) yield element;
      if (element.shadowRoot) yield* videosOf(element.shadowRoot, isInRemoteTile);
    }
  }

  function look(clickedAtMs: number): void {
    for (const video of videosOf(document, false)) {
      if (watched.has(video)) continue;
      watched.add(video);
      video.requestVideoFrameCallback((nowMs) => done(nowMs - clickedAtMs));
    }
    requestAnimationFrame(() => look(clickedAtMs));
  }

  addEventListener(
    "click",
    (event) => {
      const pressed = event
        .composedPath()
        .some((part) => part instanceof Element && part.getAttribute("data-testid") === "lobby-join");
      if (pressed) look(performance.now());
    },
    { capture: true },
  );
}
