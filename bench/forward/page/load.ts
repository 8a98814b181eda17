import { LOAD } from "../loadShape.ts";

/** One SFU with the whole load on it. */
export interface LoadedSfu {
  /** Starts or stops what the publishers send. */
  setActive(isActive: boolean): Promise<void>;
  /** Sums over all subscriptions since they began. */
  received(): Promise<{ readonly packets: number; readonly bytes: number; readonly lost: number }>;
}

const dropWorker = new Worker(new URL("./dropDeltas.ts", import.meta.url), { type: "module" });

/** Keeps the receiver from decoding. */
export function dropDeltas(receiver: RTCRtpReceiver): void {
  receiver.transform = new RTCRtpScriptTransform(dropWorker, {});
}

/** Noise: it does not compress, so that the bit rate and with it the packet rate is what was asked for. */
export function noiseTrack(): MediaStreamTrack {
  const canvas = document.createElement("canvas");
  canvas.width = LOAD.width;
  canvas.height = LOAD.height;
  const context = canvas.getContext("2d")!;
  const image = context.createImageData(canvas.width, canvas.height);
  const words = new Uint32Array(image.data.buffer);
  let state = 1;
  setInterval(() => {
    for (let index = 0; index < words.length; index++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      words[index] = state | 0xff000000;
    }
    context.putImageData(image, 0, 0);
  }, 1_000 / LOAD.framesPerSecond);
  return canvas.captureStream(LOAD.framesPerSecond).getVideoTracks()[0]!;
}

export async function setSenderActive(sender: RTCRtpSender, isActive: boolean): Promise<void> {
  const parameters = sender.getParameters();
  for (const encoding of parameters.encodings) encoding.active = isActive;
  await sender.setParameters(parameters);
}

export async function sumReceived(
  receivers: readonly RTCRtpReceiver[],
): Promise<{ packets: number; bytes: number; lost: number }> {
  const sum = { packets: 0, bytes: 0, lost: 0 };
  for (const receiver of receivers) {
    for (const entry of (await receiver.getStats()).values() as Iterable<RTCInboundRtpStreamStats>) {
      if (entry.type !== "inbound-rtp") continue;
      sum.packets += entry.packetsReceived ?? 0;
      sum.bytes += (entry.bytesReceived ?? 0) + (entry.headerBytesReceived ?? 0);
      sum.lost += entry.packetsLost ?? 0;
    }
  }
  return sum;
}

/** Resolves when `count` things have arrived through `arrive`. */
export function gather<T>(count: number): { readonly all: Promise<T[]>; readonly arrive: (thing: T) => void } {
  const things: T[] = [];
  let done: (all: T[]) => void;
  const all = new Promise<T[]>((resolve) => (done = resolve));
  return {
    all,
    arrive(thing) {
      things.push(thing);
      if (things.length === count) done(things);
    },
  };
}
