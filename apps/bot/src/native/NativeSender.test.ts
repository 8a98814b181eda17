import { beforeEach, describe, expect, it } from "vitest";

import { NativeSender } from "./NativeSender.ts";

const KEY_3 = new Uint8Array(16).fill(3);
const KEY_4 = new Uint8Array(16).fill(4);

let ring: Map<number, number>;
let used: string[];
let sender: NativeSender;
beforeEach(() => {
  ring = new Map();
  used = [];
  const library = {
    setKey: (index: number, key: Uint8Array) => void ring.set(index, key[0]!),
    useKey: (sid: string, index: number) => void used.push(`${sid} ${index}`),
  };
  sender = new NativeSender("audio", library, false);
});

describe("NativeSender", () => {
  it("opens only when it is published and its cryptor was told the key in use", () => {
    sender.setKey(3, KEY_3);
    expect(sender.isOpen).toBe(false);
    sender.published("TR_1");
    expect(sender.isOpen).toBe(false);

    sender.useKey(3);

    expect(used).toEqual(["TR_1 3"]);
    expect(sender.isOpen).toBe(true);
  });

  it("tells the index again when the library has published the track anew", () => {
    sender.setKey(3, KEY_3);
    sender.published("TR_1");
    sender.useKey(3);

    sender.published("TR_2");

    expect(used).toEqual(["TR_1 3", "TR_2 3"]);
  });

  it("keeps the key in use where the library falls back to, so that no old key comes back", () => {
    sender.setKey(0, KEY_3);
    sender.useKey(0);
    sender.setKey(4, KEY_4);
    expect(ring.get(0)).toBe(3);

    sender.useKey(4);

    expect([ring.get(0), ring.get(4)]).toEqual([4, 4]);
  });

  it("closes rather than use the one index that the library does not have", () => {
    sender.published("TR_1");
    sender.setKey(254, KEY_3);
    sender.useKey(254);
    expect(sender.isOpen).toBe(true);

    sender.setKey(255, KEY_4);
    sender.useKey(255);

    expect(sender.isOpen).toBe(false);
    expect(used).toEqual(["TR_1 254"]);
  });

  it("captures nothing while it is suspended or muted", () => {
    sender.setKey(3, KEY_3);
    sender.published("TR_1");
    sender.useKey(3);

    sender.suspend();
    expect(sender.isOpen).toBe(false);
    sender.useKey(3);
    sender.setMuted(true);
    expect(sender.isOpen).toBe(false);
    sender.setMuted(false);
    expect(sender.isOpen).toBe(true);
    sender.end();
    expect(sender.isOpen).toBe(false);
  });
});
