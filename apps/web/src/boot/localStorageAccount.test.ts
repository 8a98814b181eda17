import type { StoredAccount } from "@conclave/call";
import { describe, expect, it } from "vitest";

import { brokenStore, memoryStore } from "../testing/memoryStore.ts";
import { localStorageAccount } from "./localStorageAccount.ts";

const HERE = "https://hs.example";
const account: StoredAccount = {
  homeserverUrl: HERE,
  userId: "@alice:hs.example",
  deviceId: "DEVICE",
  accessToken: "token",
  password: "password",
  refreshToken: "refresh",
  expiresAtMs: 1_800_000_000_000,
};

describe("the account of this browser", () => {
  it("is the same after a reload", async () => {
    const store = memoryStore();
    await localStorageAccount(store, HERE).save(account);

    expect(await localStorageAccount(store, HERE).load()).toEqual(account);
  });

  it("is another one on another homeserver", async () => {
    const store = memoryStore();
    await localStorageAccount(store, HERE).save(account);

    expect(await localStorageAccount(store, "https://other.example").load()).toBeUndefined();
  });

  it.each([
    "",
    "{",
    "null",
    "[]",
    JSON.stringify({ ...account, accessToken: 1 }),
    JSON.stringify({ homeserverUrl: HERE }),
  ])("is made anew when what was kept is %j", async (text) => {
    const store = memoryStore({ [`conclave.account.${HERE}`]: text });

    expect(await localStorageAccount(store, HERE).load()).toBeUndefined();
  });

  it("lives as long as the page where storage is forbidden", async () => {
    const kept = localStorageAccount(brokenStore(), HERE);

    await expect(kept.save(account)).resolves.toBeUndefined();
    expect(await kept.load()).toBeUndefined();
  });

  it("is forgotten when asked", async () => {
    const store = memoryStore();
    const kept = localStorageAccount(store, HERE);
    await kept.save(account);

    await kept.clear();

    expect(await kept.load()).toBeUndefined();
  });
});
