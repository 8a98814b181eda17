/** A video that plays, and what is to be done with each of its pictures. */
export type WatchVideo = (video: HTMLVideoElement) => void;

/**
 * Shows videos that the app has no room for, each as small as a nail, over the page: browsers decode only what is shown.
 *
 * Runs in the page, where its source is all there is: it refers to nothing outside itself. Bounded: videos beyond the
 * limit are not shown.
 */
export class ExtraScreens {
  readonly #videos = new Map<string, HTMLVideoElement>();
  readonly #maxVideos = 32;

  /** @returns false where there is no room */
  show(sid: string, track: MediaStreamTrack, watch: WatchVideo): boolean {
    const known = this.#videos.get(sid);
    if (known) return true;
    if (this.#videos.size >= this.#maxVideos) return false;
    const video = document.createElement("video");
    video.muted = true;
    video.autoplay = true;
    video.srcObject = new MediaStream([track]);
    const right = this.#videos.size * 34;
    video.style.cssText = `position:fixed;bottom:0;right:${right}px;width:32px;height:18px;pointer-events:none;z-index:9999`;
    document.body.append(video);
    video.play().catch(() => {});
    this.#videos.set(sid, video);
    watch(video);
    return true;
  }

  /** Ends all but these. */
  keepOnly(sids: ReadonlySet<string>): void {
    for (const [sid, video] of this.#videos) {
      if (sids.has(sid)) continue;
      video.srcObject = null;
      video.remove();
      this.#videos.delete(sid);
    }
  }
}
