import { Scope } from "@conclave/kit";
import { Device, type MatrixClient, TypedEventEmitter } from "matrix-js-sdk";
import { type CryptoApi, CryptoEvent } from "matrix-js-sdk/lib/crypto-api/index.js";
import { describe, expect, onTestFinished, test } from "vitest";

import { DeviceBook } from "./DeviceBook.ts";

function deviceOf(userId: string, deviceId: string): Device {
  const keys = new Map([[`curve25519:${deviceId}`, `key of ${deviceId}`]]);
  return new Device({ userId, deviceId, keys, algorithms: [] });
}

function devicesOf(userId: string, deviceIds: readonly string[] = []): Map<string, Device> {
  return new Map(deviceIds.map((deviceId) => [deviceId, deviceOf(userId, deviceId)]));
}

function setUp() {
  const scope = new Scope();
  onTestFinished(() => scope.end());
  const published = new Map<string, string[]>();
  const asked: string[][] = [];
  const client = new TypedEventEmitter<string, Record<string, (userIds: string[]) => void>>();
  const crypto = {
    getUserDeviceInfo(userIds: string[]) {
      asked.push(userIds);
      return Promise.resolve(new Map(userIds.map((userId) => [userId, devicesOf(userId, published.get(userId))])));
    },
    getDeviceVerificationStatus: () => Promise.resolve({ signedByOwner: true }),
  };
  const book = new DeviceBook(client as unknown as MatrixClient, crypto as unknown as CryptoApi, scope);
  return { asked, book, client, published, scope };
}

describe("a device", () => {
  test("is asked for once", async () => {
    const { asked, book, published } = setUp();
    published.set("@bob:hs", ["BOB"]);

    await book.learn(["@bob:hs"]);
    const found = await book.find("@bob:hs", (device) => device.getIdentityKey() === "key of BOB");

    expect(found?.deviceId).toBe("BOB");
    expect(asked).toEqual([["@bob:hs"]]);
  });

  test("that is not known is asked for each time", async () => {
    const { book, published } = setUp();
    await book.learn(["@bob:hs"]);
    published.set("@bob:hs", ["NEW"]);

    expect(book.has("@bob:hs", "NEW")).toBe(false);
    expect(await book.findSender("@bob:hs", "NEW")).toEqual({ curve25519Key: "key of NEW", isCrossSigned: true });
  });

  test("is forgotten when there is news of its user", async () => {
    const { book, client, published } = setUp();
    published.set("@bob:hs", ["BOB"]);
    await book.learn(["@bob:hs"]);

    published.delete("@bob:hs");
    client.emit(CryptoEvent.DevicesUpdated, ["@bob:hs"]);

    expect(await book.findSender("@bob:hs", "BOB")).toBeUndefined();
  });

  test("is asked for again when news comes while it is asked for", async () => {
    const { book, client, published } = setUp();

    const learning = book.learn(["@bob:hs"]);
    published.set("@bob:hs", ["BOB"]);
    client.emit(CryptoEvent.DevicesUpdated, ["@bob:hs"]);
    await learning;

    expect(book.has("@bob:hs", "BOB")).toBe(true);
  });
});

test("a book lets go of the client with its scope", async () => {
  const { client, scope } = setUp();

  await scope.end();

  expect(client.listenerCount(CryptoEvent.DevicesUpdated)).toBe(0);
});
