import type { FrameAlarm } from "@conclave/frame-crypto";

import type { RtpFrame } from "./RtpFrame.ts";

/** What a hostile operator has at hand beside the frame that just came. */
export interface Loot {
  /** A frame of the same track from a good while ago. */
  earlier(frame: RtpFrame): RtpFrame | undefined;
  /** The latest frame of somebody else, of the same kind. */
  foreign(frame: RtpFrame): RtpFrame | undefined;
  /** The latest frame of the same person, of the other kind. */
  otherKind(frame: RtpFrame): RtpFrame | undefined;
}

/** A frame that goes on. */
export interface Sent {
  readonly data: Buffer;
  /** Of a frame that is not the one that came: so much later than that one, in ticks of its clock. */
  readonly laterTicks?: number;
  /** Of a frame that was held back. */
  readonly original?: RtpFrame;
}

/** One thing that a hostile SFU can do to a track. */
export interface Move {
  /** `keeps`: honest frames all arrive, sooner or later; `adds`: others come between; `replaces`: only others come. */
  readonly effect: "keeps" | "adds" | "replaces";
  /** What receivers are to be told, if anything; which of them depends on where the frame fails. */
  readonly alarms: readonly FrameAlarm[];
  /** Starts anew with each call. */
  start(): (frame: RtpFrame, loot: Loot) => readonly Sent[];
}

/** A picture and a sound that any decoder takes: what LiveKit's own server injects when somebody mutes. */
const PLAIN = {
  video: Buffer.from("1002009d012a080008000047088585888584880202000c0d6000feffab5080", "hex"),
  audio: Buffer.from([0xf8, 0xff, 0xfe, ...Array.from({ length: 77 }, () => 0)]),
};
const FILLER_MARKER = Buffer.from("announced by the SFU");
const TICK = { audio: 7, video: 90 };
const HELD_MS = 3_000;
const REORDERED_FRAMES = 5;

function adding(alarms: readonly FrameAlarm[], extra: (frame: RtpFrame, loot: Loot) => Buffer | undefined): Move {
  return {
    effect: "adds",
    alarms,
    start: () => (frame, loot) => {
      const data = extra(frame, loot);
      const honest = { data: frame.data };
      return data ? [honest, { data, laterTicks: TICK[frame.kind] }] : [honest];
    },
  };
}

function replacing(alarms: readonly FrameAlarm[], other: (frame: RtpFrame, loot: Loot) => Buffer | undefined): Move {
  return {
    effect: "replaces",
    alarms,
    start: () => (frame, loot) => {
      const data = other(frame, loot);
      return data ? [{ data }] : [];
    },
  };
}

/** @see quality.md T2, T3, F31 */
export const MOVES = {
  "injects plain frames": adding(["unencrypted"], ({ kind }) => PLAIN[kind]),
  "sends plain frames in the place of encrypted ones": replacing(["unencrypted"], ({ kind }) => PLAIN[kind]),
  "sends filler frames with its marker": adding(["unencrypted"], ({ kind }) =>
    Buffer.concat([PLAIN[kind], FILLER_MARKER]),
  ),
  "swaps the tracks of a person": replacing(
    ["repeated", "altered", "unencrypted"],
    (frame, loot) => loot.otherKind(frame)?.data,
  ),
  "replays what it recorded": adding(["repeated"], (frame, loot) => loot.earlier(frame)?.data),
  "sends everything twice": adding(["repeated"], ({ data }) => data),
  "sends one person's frames as another's": replacing(
    ["altered", "unknown_key", "unencrypted"],
    (frame, loot) => loot.foreign(frame)?.data,
  ),
  "cuts the trailer off": replacing(["unencrypted", "unknown_key", "altered"], ({ data }) => data.subarray(0, -1)),
  "names another key": replacing(["unknown_key"], ({ data }) => withByte(data, data.length - 1, 0x80)),
  "flips bits": replacing(["altered", "unencrypted"], ({ data }) => withByte(data, data.length >> 1, 0x04)),
  "delays everything": { effect: "keeps", alarms: [], start: delaying },
  "reorders sound": { effect: "keeps", alarms: [], start: reordering },
} satisfies Record<string, Move>;

export type MoveName = keyof typeof MOVES;

function withByte(data: Buffer, at: number, flipped: number): Buffer {
  const changed = Buffer.from(data);
  changed[at] = changed.readUInt8(at) ^ flipped;
  return changed;
}

function delaying(): (frame: RtpFrame) => Sent[] {
  const held: RtpFrame[] = [];
  return (frame) => {
    held.push(frame);
    const due: RtpFrame[] = [];
    while (held[0] && frame.receivedAtMs - held[0].receivedAtMs >= HELD_MS) due.push(held.shift()!);
    return due.map((original) => ({ data: original.data, original }));
  };
}

function reordering(): (frame: RtpFrame) => Sent[] {
  let held: RtpFrame[] = [];
  return (frame) => {
    if (frame.kind === "video") return [{ data: frame.data }];
    held.push(frame);
    if (held.length < REORDERED_FRAMES) return [];
    const all = held.toReversed();
    held = [];
    return all.map((original) => ({ data: original.data, original }));
  };
}
