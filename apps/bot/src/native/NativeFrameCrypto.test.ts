import type { MediaKind, TransformReport } from "@conclave/frame-crypto";
import { Emitter, Scope } from "@conclave/kit";
import { recordEvents } from "@conclave/kit/testing";
import { describe, expect, it } from "vitest";

import { browserTypes } from "./browserTypes.ts";
import type { EndNews, NativeEnd } from "./NativeEnd.ts";
import { NativeFrameCrypto } from "./NativeFrameCrypto.ts";

const RANDOM = 99;

/** Writes down what it is told. */
class FakeEnd implements NativeEnd {
  readonly kind: MediaKind = "audio";
  readonly direction: "send" | "receive";
  readonly news = new Emitter<EndNews>();
  readonly told: string[] = [];

  constructor(direction: "send" | "receive") {
    this.direction = direction;
  }

  setKey(index: number, key: Uint8Array): void {
    this.told.push(`key ${index} ${key[0]}`);
  }

  useKey(index: number): void {
    this.told.push(`use ${index}`);
  }

  suspend(): void {
    this.told.push("suspend");
  }
}

function open(policy: "required" | "off" = "required"): NativeFrameCrypto {
  return new NativeFrameCrypto({ policy, randomBytes: (length) => new Uint8Array(length).fill(RANDOM) });
}

function key(value: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(16).fill(value);
}

describe("NativeFrameCrypto", () => {
  it("gives an end the keys that came before it, and the ones that come later", () => {
    const host = open();
    const end = new FakeEnd("send");
    host.setKey("self", 1, key(1));
    host.useSenderKey("self", 1);
    host.protectSender(browserTypes.asRtcSender(end), { ownerId: "self", kind: "audio" });

    host.setKey("self", 2, key(2));
    host.useSenderKey("self", 2);

    expect(end.told).toEqual(["key 1 1", "use 1", "key 2 2", "use 2"]);
  });

  it("keeps owners apart", () => {
    const host = open();
    const end = new FakeEnd("receive");
    host.protectReceiver(browserTypes.asRtcReceiver(end), { ownerId: "microphone bob", kind: "audio" });

    host.setKey("microphone carol", 1, key(1));

    expect(end.told).toEqual([]);
  });

  it("suspends senders and lets no later end begin", () => {
    const host = open();
    const [first, second] = [new FakeEnd("send"), new FakeEnd("send")];
    host.setKey("self", 1, key(1));
    host.useSenderKey("self", 1);
    host.protectSender(browserTypes.asRtcSender(first), { ownerId: "self", kind: "audio" });

    host.suspendSender("self");
    host.protectSender(browserTypes.asRtcSender(second), { ownerId: "self", kind: "audio" });

    expect(first.told.at(-1)).toBe("suspend");
    expect(second.told).not.toContain("use 1");
  });

  it("overwrites keys that it is to forget", () => {
    const host = open();
    const end = new FakeEnd("receive");
    host.protectReceiver(browserTypes.asRtcReceiver(end), { ownerId: "microphone bob", kind: "audio" });
    const bytes = key(5);
    host.setKey("microphone bob", 7, bytes);

    host.forget("microphone bob");

    expect(end.told).toEqual(["key 7 5", `key 7 ${RANDOM}`]);
    expect(bytes).toEqual(key(0));
  });

  it("tells what passes, in a room without encryption as plain", () => {
    const states = (["required", "off"] as const).map((policy) => {
      const host = open(policy);
      const end = new FakeEnd("receive");
      const scope = new Scope();
      const reports: readonly TransformReport[] = recordEvents(scope, host.reported);
      host.protectReceiver(browserTypes.asRtcReceiver(end), { ownerId: "camera bob", kind: "audio" });
      end.news.emit({ state: "ok", passed: 3 });
      host.close();
      end.news.emit({ state: "ok", passed: 4 });
      expect(reports).toHaveLength(1);
      return [reports[0]?.state, reports[0]?.counts];
    });

    expect(states).toMatchObject([
      ["ok", { decrypted: 3, passthrough: 0 }],
      ["plain", { decrypted: 0, passthrough: 3 }],
    ]);
  });

  it("refuses what is no end of this tier", () => {
    expect(() => open().protectSender({} as RTCRtpSender, { ownerId: "self", kind: "audio" })).toThrow(TypeError);
  });
});
