import type { DeviceId, RoomId } from "@conclave/matrix-rtc";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { keyMessageContent, tryReadKeyMessage } from "./keyMessage.ts";

const bytes = Uint8Array.from({ length: 16 }, (_, index) => index);
const own = {
  key: { index: 0, bytes },
  roomId: "!abc123:hs.example" as RoomId,
  slot: { application: "m.call", id: "ROOM" },
  memberId: "@ana:hs.example:ANADEV",
  deviceId: "ANADEV" as DeviceId,
  sentAtMs: 1_793_520_000_100,
};
// matrixrtc.md 11.2
const wire = {
  keys: { index: 0, key: "AAECAwQFBgcICQoLDA0ODw==" },
  room_id: "!abc123:hs.example",
  member: { id: "@ana:hs.example:ANADEV", claimed_device_id: "ANADEV" },
  session: { call_id: "", application: "m.call", scope: "m.room" },
  sent_ts: 1_793_520_000_100,
};

describe("keyMessageContent", () => {
  it("writes what Element Call reads", () => {
    expect(keyMessageContent(own)).toEqual(wire);
  });

  it("is read back as it was written", () => {
    const key = fc.record({
      index: fc.integer({ min: 0, max: 255 }),
      bytes: fc.uint8Array({ minLength: 16, maxLength: 64 }).map((array) => new Uint8Array(array)),
    });
    fc.assert(
      fc.property(key, fc.nat(), (key, sentAtMs) => {
        const read = tryReadKeyMessage(keyMessageContent({ ...own, key, sentAtMs }));

        expect(read).toEqual({
          key,
          roomId: own.roomId,
          memberId: own.memberId,
          claimedDeviceId: own.deviceId,
          sentAtMs,
        });
      }),
    );
  });
});

describe("notes", () => {
  const note = { token: "AAECAwQF", have: ["one", "two"], wantsKey: true };

  it("are read back as they were written, beside a key or alone", () => {
    const { key: _, ...alone } = own;

    expect(tryReadKeyMessage(keyMessageContent({ ...own, note }))).toMatchObject({ key: own.key, note });
    expect(tryReadKeyMessage(keyMessageContent({ ...alone, note }))).toMatchObject({ key: undefined, note });
  });

  it("leave everything that others read as it was", () => {
    expect(keyMessageContent({ ...own, note })).toEqual({
      ...wire,
      "io.conclave.keys": { token: "AAECAwQF", have: ["one", "two"], want: true },
    });
  });

  it.each([
    ["a list of anything but texts", { have: [1] }],
    ["a list without end", { have: Array.from({ length: 513 }, () => "token") }],
    ["a token without end", { token: "x".repeat(33) }],
    ["a text", "token"],
  ])("do not spoil the key when they are %s", (_name, bad) => {
    expect(tryReadKeyMessage({ ...wire, "io.conclave.keys": bad })).toMatchObject({ key: own.key, note: undefined });
  });

  it("do not make up for a key that cannot be read", () => {
    expect(tryReadKeyMessage({ ...wire, keys: { index: 999 }, "io.conclave.keys": {} })).toBeUndefined();
  });
});

describe("tryReadKeyMessage", () => {
  it.each(["AAECAwQFBgcICQoLDA0ODw", "AAECAwQFBgcICQoLDA0ODw=="])("reads base64 %s", (key) => {
    expect(tryReadKeyMessage({ ...wire, keys: { index: 3, key } })?.key).toEqual({ index: 3, bytes });
  });

  it("reads keys of 32 bytes in the URL-safe alphabet", () => {
    const key = "-_".repeat(21) + "A";

    expect(tryReadKeyMessage({ ...wire, keys: { index: 255, key } })?.key?.bytes.byteLength).toBe(32);
  });

  it("does without member id and time", () => {
    const read = tryReadKeyMessage({ ...wire, member: { claimed_device_id: "ANADEV" }, sent_ts: undefined });

    expect(read).toMatchObject({ memberId: undefined, sentAtMs: 0 });
  });

  it.each([
    ["an index of 256", { keys: { index: 256, key: wire.keys.key } }],
    ["a negative index", { keys: { index: -1, key: wire.keys.key } }],
    ["a fractional index", { keys: { index: 0.5, key: wire.keys.key } }],
    ["a truncated key", { keys: { index: 0, key: "AAECAwQFBgcICQoLDA0O" } }],
    ["a huge key", { keys: { index: 0, key: "A".repeat(400) } }],
    ["a key that is not base64", { keys: { index: 0, key: "not base64 at all!!!!!!" } }],
    ["the list form of old room events", { keys: [wire.keys] }],
    ["no claimed device", { member: { id: "x" } }],
    ["a device that is no text", { member: { claimed_device_id: {} } }],
    ["no room", { room_id: undefined }],
    ["a time that is no number", { sent_ts: "now" }],
  ])("refuses %s", (_name, part) => {
    expect(tryReadKeyMessage({ ...wire, ...part })).toBeUndefined();
  });

  it("never throws, whatever the content", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (content, keys) => {
        tryReadKeyMessage(content);
        tryReadKeyMessage({ ...wire, keys });
      }),
    );
  });
});
