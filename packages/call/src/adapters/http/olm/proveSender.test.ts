import type { ToDeviceMessage, UserId } from "@conclave/matrix-rtc";
import { describe, expect, test } from "vitest";

import { proveSender } from "./proveSender.ts";

const message: ToDeviceMessage = { type: "t", sender: "@bob:hs" as UserId, content: {} };
const session = { sender: "@bob:hs", deviceId: "BOB", curve25519Key: "key" };

describe("a decrypted to-device message", () => {
  test("names the device whose published key has encrypted it", () => {
    const proven = proveSender(message, session, { curve25519Key: "key", isCrossSigned: true });

    expect(proven.encryptedBy).toEqual({ deviceId: "BOB", isCrossSigned: true });
  });

  test("names a device that publishes nothing, as not cross-signed", () => {
    expect(proveSender(message, session, undefined).encryptedBy).toEqual({ deviceId: "BOB", isCrossSigned: false });
  });

  test("names no device whose published key is another one", () => {
    expect(proveSender(message, session, { curve25519Key: "other", isCrossSigned: true })).toEqual(message);
    expect(proveSender(message, session, { curve25519Key: undefined, isCrossSigned: true })).toEqual(message);
  });

  test("names no device if its session belongs to somebody else or to nobody", () => {
    expect(proveSender(message, { ...session, sender: "@mallory:hs" }, undefined)).toEqual(message);
    expect(proveSender(message, { ...session, deviceId: undefined }, undefined)).toEqual(message);
  });
});
