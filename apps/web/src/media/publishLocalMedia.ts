import type { Call } from "@conclave/call";
import { effect, type Scope } from "@conclave/kit";

import type { LocalMedia, ScreenState, SourceState } from "./LocalMedia.ts";

/** What the call has been given so far. */
interface Published {
  microphone: MediaStreamTrack | undefined;
  isMuted: boolean;
  camera: MediaStreamTrack | undefined;
  screen: MediaStreamTrack | undefined;
}

/** What `joinCall` was already handed. */
export type PublishedAtJoin = Pick<Published, "microphone" | "camera">;

/**
 * Keeps what a call sends equal to what `media` says, from the join until the scope ends. One change at a time; what
 * is newest when a change is done comes next.
 *
 * A microphone that is muted from the start is not published before it is unmuted.
 */
export function publishLocalMedia(
  call: Call,
  media: LocalMedia,
  atJoin: PublishedAtJoin,
  context: { readonly scope: Scope; readonly onFault: (fault: unknown) => void },
): void {
  const published: Published = { ...atJoin, isMuted: false, screen: undefined };
  let isRunning = false;
  let isDirty = false;

  async function reconcile(): Promise<void> {
    isDirty = true;
    if (isRunning) return;
    isRunning = true;
    while (isDirty && !context.scope.isEnded) {
      isDirty = false;
      await publishOnce(call, media, published).catch(context.onFault);
    }
    isRunning = false;
  }

  effect(context.scope, () => {
    const phase = call.state.get().phase;
    media.microphone.get();
    media.camera.get();
    media.screen.get();
    if (phase === "joined" || phase === "reconnecting") void reconcile();
  });
}

async function publishOnce(call: Call, media: LocalMedia, published: Published): Promise<void> {
  await publishMicrophone(call, media.microphone.get(), published);
  await publishCamera(call, media.camera.get(), published);
  await publishScreen(call, media.screen.get(), published);
}

async function publishMicrophone(call: Call, state: SourceState, published: Published): Promise<void> {
  const track = state.phase === "on" ? state.track : undefined;
  const isMuted = state.phase === "on" && state.isMuted;
  if (state.phase === "starting" || (published.microphone === undefined && isMuted)) return;
  if (track !== published.microphone) {
    published.microphone = track;
    published.isMuted = false;
    await call.setMicrophone(track);
  }
  if (track === undefined || isMuted === published.isMuted) return;
  published.isMuted = isMuted;
  await call.setMicrophoneMuted(isMuted);
}

async function publishCamera(call: Call, state: SourceState, published: Published): Promise<void> {
  const track = state.phase === "on" ? state.track : undefined;
  if (state.phase === "starting" || track === published.camera) return;
  published.camera = track;
  await call.setCamera(track);
}

async function publishScreen(call: Call, state: ScreenState, published: Published): Promise<void> {
  const video = state.phase === "on" ? state.video : undefined;
  if (video === published.screen) return;
  published.screen = video;
  await call.setScreen(video, state.phase === "on" ? state.audio : undefined);
}
