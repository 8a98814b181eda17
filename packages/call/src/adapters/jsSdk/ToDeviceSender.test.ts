import { Scope, silentLogger } from "@conclave/kit";
import { FakeClock } from "@conclave/kit/testing";
import type { DeviceAddress } from "@conclave/matrix-rtc";
import { ConnectionError } from "matrix-js-sdk";
import type { CryptoApi } from "matrix-js-sdk/lib/crypto-api/index.js";
import { describe, expect, onTestFinished, test } from "vitest";

import { HomeserverClient } from "../http/HomeserverClient.ts";
import type { DeviceBook } from "./DeviceBook.ts";
import { ToDeviceSender } from "./ToDeviceSender.ts";

const ALICE = { userId: "@alice:hs", deviceId: "ALICE" } as DeviceAddress;
const BOB = { userId: "@bob:hs", deviceId: "BOB" } as DeviceAddress;
const CAROL = { userId: "@carol:hs", deviceId: "CAROL" } as DeviceAddress;

/** Alice sends; `fault` says what becomes of sealing for a device. */
function setUp(fault: (deviceId: string) => Error | undefined) {
  const scope = new Scope();
  onTestFinished(() => scope.end());
  const clock = new FakeClock();
  const sent: unknown[] = [];
  const fetch = (url: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    sent.push([url, JSON.parse(init?.body as string)]);
    return Promise.resolve(Response.json({}));
  };
  const client = new HomeserverClient({ homeserverUrl: "https://hs", fetch, clock, signal: scope.signal });
  const crypto = {
    async encryptToDeviceMessages(_type: string, devices: { userId: string; deviceId: string }[]) {
      const failed = devices.map(({ deviceId }) => fault(deviceId)).find((error) => error !== undefined);
      if (failed) throw failed;
      return { batch: devices.map((device) => ({ ...device, payload: { sealedFor: device.deviceId } })) };
    },
  } as unknown as CryptoApi;
  const devices = {
    learn: () => Promise.resolve(),
    has: (_userId: string, deviceId: string) => deviceId !== "GONE",
  } as unknown as DeviceBook;
  const logger = silentLogger;
  const sender = new ToDeviceSender({
    crypto,
    devices,
    client,
    clock,
    logger,
    self: ALICE,
    nextTransactionId: () => "t",
  });
  return { sender, sent };
}

describe("a to-device message", () => {
  test("goes to all its devices in one request, and neither to the own device nor to one that is gone", async () => {
    const { sender, sent } = setUp(() => undefined);
    const gone = { ...BOB, deviceId: "GONE" } as DeviceAddress;

    const outcomes = await sender.send("t", [ALICE, BOB, gone, CAROL], {});

    expect(outcomes.map(({ result }) => result)).toEqual(["unreachable", "sent", "unreachable", "sent"]);
    const messages = {
      "@bob:hs": { BOB: { sealedFor: "BOB" } },
      "@carol:hs": { CAROL: { sealedFor: "CAROL" } },
    };
    expect(sent).toEqual([["https://hs/_matrix/client/v3/sendToDevice/m.room.encrypted/t", { messages }]]);
  });

  test("reaches the others if one device has no session", async () => {
    const { sender, sent } = setUp((deviceId) => (deviceId === "BOB" ? new Error("no session") : undefined));

    const outcomes = await sender.send("t", [BOB, CAROL], {});

    expect(outcomes.map(({ result }) => result)).toEqual(["unreachable", "sent"]);
    expect(sent).toHaveLength(1);
  });

  test("fails as a whole if sessions cannot be asked for", async () => {
    const { sender, sent } = setUp(() => new ConnectionError("fetch failed"));

    await expect(sender.send("t", [BOB], {})).rejects.toMatchObject({ code: "homeserver_unreachable" });
    expect(sent).toEqual([]);
  });
});
