import type { EncodedFrame } from "../worker/messages.ts";

export interface FakeFrameOptions {
  readonly bytes?: Uint8Array;
  /** Absent on audio frames. */
  readonly type?: "key" | "delta";
  readonly metadata?: object;
}

/** The parts of WebRTC's encoded frames that transforms use. */
export function fakeFrame({ bytes = new Uint8Array(0), type, metadata = {} }: FakeFrameOptions): EncodedFrame {
  const frame = { data: Uint8Array.from(bytes).buffer, timestamp: 0, getMetadata: () => metadata };
  return type === undefined ? frame : Object.assign(frame, { type });
}
