import type { MediaView } from "../media/MediaView.ts";

/** A video track that shows one colour and goes on sending frames. */
export function colourTrack(colour: string): MediaStreamTrack {
  const canvas = document.createElement("canvas");
  canvas.width = 64;
  canvas.height = 36;
  const context = canvas.getContext("2d");
  const [track] = canvas.captureStream(10).getVideoTracks();
  if (context === null || track === undefined) throw new Error("This browser paints no tracks");
  requestAnimationFrame(function paint() {
    context.fillStyle = colour;
    context.fillRect(0, 0, canvas.width, canvas.height);
    if (track.readyState === "live") requestAnimationFrame(paint);
  });
  return track;
}

/** Microphone on, camera off, and devices to choose from. */
export function soundOnly(): MediaView {
  const [track] = new AudioContext().createMediaStreamDestination().stream.getAudioTracks();
  if (track === undefined) throw new Error("This browser makes no sound");
  return {
    microphone: { phase: "on", track, isMuted: false },
    camera: { phase: "off" },
    screen: { phase: "off" },
    devices: {
      microphone: [
        { id: "m1", label: "Built-in microphone" },
        { id: "m2", label: "Headset" },
      ],
      camera: [{ id: "c1", label: "Camera" }],
      speaker: [],
    },
    chosen: { microphone: "m1", camera: "", speaker: "" },
  };
}
