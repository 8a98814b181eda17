import type { FrameCryptoHost } from "@conclave/frame-crypto/page";
import { Emitter } from "@conclave/kit";
import { FakeClock, settlePromises } from "@conclave/kit/testing";
import { beforeEach, describe, expect, it } from "vitest";

import type { Slowness } from "../manners/slowness.ts";
import { browserTypes, type RtpEnd } from "../rtc/index.ts";
import { overNetwork } from "./overNetwork.ts";

let clock: FakeClock;
let slowness: Slowness | undefined;
let chances: number[];
let end: RtpEnd;
let through: number[];

beforeEach(() => {
  clock = new FakeClock();
  slowness = undefined;
  chances = [];
  through = [];
  end = { kind: "audio", transform: undefined };
});

describe.each(["sender", "receiver"] as const)("a %s over a bad network", (direction) => {
  beforeEach(() => {
    const deps = { clock, random: () => chances.shift() ?? 0 };
    const host = overNetwork(deps, untouched(), () => slowness);
    const options = { ownerId: "microphone bob", kind: "audio" } as const;
    if (direction === "sender") host.protectSender(browserTypes.asRtcSender(end), options);
    else host.protectReceiver(browserTypes.asRtcReceiver(end), options);
  });

  it("lets everything through at once while the network is good", async () => {
    await carry(1, 2);

    expect(through).toEqual([1, 2]);
  });

  it("holds each frame up", async () => {
    slowness = { delayMs: [100, 300], loss: 0 };
    chances = [0.5];

    await carry(1);
    await clock.advance(199);
    expect(through).toEqual([]);
    await clock.advance(1);

    expect(through).toEqual([1]);
  });

  it("does not let frames overtake each other, nor those that come after it got better", async () => {
    slowness = { delayMs: [0, 1_000], loss: 0 };
    chances = [0.9, 0.1];
    await carry(1, 2);
    slowness = undefined;
    await carry(3);
    expect(through).toEqual([]);

    await clock.advance(900);

    expect(through).toEqual([1, 2, 3]);
  });

  it("loses its share", async () => {
    slowness = { delayMs: [0, 0], loss: 0.5 };
    chances = [0.4, 0.6, 0];

    await carry(1, 2);

    expect(through).toEqual([2]);
  });

  it("is not touched by slow requests", async () => {
    slowness = { delayMs: [5_000, 5_000], loss: 1, path: "/sync" };

    await carry(1);

    expect(through).toEqual([1]);
  });
});

async function carry(...frames: readonly number[]): Promise<void> {
  for (const frame of frames) {
    const data = new Uint8Array([frame]);
    void end
      .transform?.({ data, ssrc: 1, timestamp: frame, isKeyFrame: true })
      .then((out) => through.push(...(out ?? [])));
  }
  await settlePromises();
}

function protect(): void {
  end.transform = ({ data }) => Promise.resolve(data);
}

/** Encrypts nothing. */
function untouched(): FrameCryptoHost {
  return {
    policy: "required",
    reported: new Emitter(),
    protectSender: protect,
    protectReceiver: protect,
    setKey: () => {},
    useSenderKey: () => {},
    suspendSender: () => {},
    forget: () => {},
    close: () => {},
  };
}
