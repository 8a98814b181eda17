import type { Page } from "playwright-core";

/** Runs in the page: two peer connections, a camera, and the time from the offer to the first frame on screen. */
async function connectTwoPeers(): Promise<number> {
  const camera = await navigator.mediaDevices.getUserMedia({ video: { width: 320, height: 180 }, audio: true });
  const [caller, callee] = [new RTCPeerConnection(), new RTCPeerConnection()];
  const video = document.createElement("video");
  video.muted = true;
  document.body.append(video);
  try {
    caller.onicecandidate = ({ candidate }) => void callee.addIceCandidate(candidate ?? undefined);
    callee.onicecandidate = ({ candidate }) => void caller.addIceCandidate(candidate ?? undefined);
    callee.ontrack = ({ track, streams }) => {
      if (track.kind !== "video") return;
      video.srcObject = streams[0] ?? new MediaStream([track]);
      void video.play();
    };
    const firstFrame = new Promise<number>((resolve) => video.requestVideoFrameCallback((nowMs) => resolve(nowMs)));
    const startMs = performance.now();
    for (const track of camera.getTracks()) caller.addTrack(track, camera);
    await caller.setLocalDescription();
    await callee.setRemoteDescription(caller.localDescription!);
    await callee.setLocalDescription();
    await caller.setRemoteDescription(callee.localDescription!);
    return (await firstFrame) - startMs;
  } finally {
    caller.close();
    callee.close();
    video.remove();
    for (const track of camera.getTracks()) track.stop();
  }
}

/** The least that any call costs on this machine now, in ms. */
export function measureFloor(page: Page): Promise<number> {
  return page.evaluate(connectTwoPeers);
}
