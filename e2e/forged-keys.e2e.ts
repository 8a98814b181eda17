import { webcrypto } from "node:crypto";

import { enterCall, openBrowser, type PersonBrowser } from "@conclave/bot/browser";
import type { StoredAccount } from "@conclave/call";
import { openMatrixHttp } from "@conclave/call/matrixHttp";
import { memoryAccountStore } from "@conclave/call/testing";
import { Scope, silentLogger } from "@conclave/kit";
import type { DeviceId, UserId } from "@conclave/matrix-rtc";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { logIn } from "./registerAccount.ts";
import { alice, bob } from "./media/people.ts";
import { keysOf, ownDevice, statisticsOf } from "./page/debugHandle.ts";
import { expectToSee } from "./page/expectations.ts";
import { startStack, type Stack } from "./startStack.ts";
import { KeyListener } from "./KeyListener.ts";

const KEY_EVENT = "io.element.call.encryption_keys";
/** No sender comes that far in a story. */
const FORGED_INDEX = 77;

describe("key messages that a hostile homeserver delivers", () => {
  let stack: Stack;
  let browser: PersonBrowser;
  let other: PersonBrowser;
  const scope = new Scope();

  beforeAll(async () => {
    stack = await startStack();
  });

  afterEach(async () => {
    await Promise.all([browser.close(), other.close()]);
  });

  afterAll(async () => {
    await scope.end();
    await stack.close();
  });

  function keyContent(roomId: string, from: StoredAccount): object {
    const key = Buffer.from(webcrypto.getRandomValues(new Uint8Array(16))).toString("base64");
    return {
      keys: { index: FORGED_INDEX, key },
      room_id: roomId,
      member: { id: `${from.userId}:${from.deviceId}`, claimed_device_id: from.deviceId },
      session: { call_id: "", application: "m.call", scope: "m.room" },
      sent_ts: Date.now(),
    };
  }

  it("installs neither a key in clear nor one from another device of the same user", async () => {
    const { linkId, roomId } = await stack.createRoom({ isEncrypted: true });
    [browser, other] = await Promise.all([openBrowser(alice), openBrowser(bob)]);
    await enterCall(browser, stack.url, linkId);
    await enterCall(other, stack.url, linkId);
    await expectToSee(browser, bob);
    const listener = await KeyListener.open(stack.url, linkId);
    const member = listener.account;
    await listener.join();
    await expect.poll(() => listener.allKeys().length, { timeout: 20_000 }).toBeGreaterThan(0);
    await expect.poll(() => indicesOf(member.userId)).not.toEqual([]);
    const self = await ownDevice(browser);

    await sendInClear(member, self, keyContent(roomId, member));
    const secondDevice = await logIn(stack.url, { userId: member.userId, password: member.password! });
    const session = await openMatrixHttp(
      {
        homeserverUrl: stack.url,
        account: memoryAccountStore({ ...secondDevice, homeserverUrl: stack.url }),
        cryptoStoreName: "second",
        fetch,
        logger: silentLogger,
      },
      scope,
    );
    await session.cryptoReady;
    await session.sendEncryptedToDevice(
      KEY_EVENT,
      [{ userId: self.userId as UserId, deviceId: self.deviceId as DeviceId }],
      keyContent(roomId, member),
    );

    await expect
      .poll(async () => (await statisticsOf(browser)).keysRejected, { timeout: 20_000 })
      .toMatchObject({ cleartext: 1, wrong_device: 1 });
    const installed = await indicesOf(member.userId);
    expect(installed).not.toEqual([]);
    expect(installed).not.toContain(FORGED_INDEX);
    // The second device is in no member event: nothing of it is known here, and it gets no key.
    expect((await keysOf(browser)).map(({ deviceId }) => deviceId)).not.toContain(secondDevice.deviceId);
    await expectToSee(browser, bob);
    await listener.close();
  });

  /** Where keys of a user are installed. */
  async function indicesOf(userId: string): Promise<number[]> {
    const pairs = await keysOf(browser);
    return pairs.filter((pair) => pair.userId === userId).flatMap(({ theirIndices }) => theirIndices);
  }

  async function sendInClear(
    from: StoredAccount,
    to: { userId: string; deviceId: string },
    content: object,
  ): Promise<void> {
    const url = `${stack.url}/_matrix/client/v3/sendToDevice/${KEY_EVENT}/${webcrypto.randomUUID()}`;
    const response = await fetch(url, {
      method: "PUT",
      headers: { Authorization: `Bearer ${from.accessToken}`, "Content-Type": "application/json" },
      body: JSON.stringify({ messages: { [to.userId]: { [to.deviceId]: content } } }),
    });
    expect(response.status).toBe(200);
  }
});
