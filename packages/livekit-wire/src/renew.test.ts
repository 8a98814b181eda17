import { AccessToken } from "livekit-server-sdk";
import { describe, expect, it } from "vitest";

import { readAccessToken } from "./index.ts";
import { renewAccessToken } from "./renew.ts";
import { verifyAccessToken } from "./verify.ts";

const KEYS = { devkey: "devsecret" };

async function grantOf(video: object) {
  const token = new AccessToken("devkey", "devsecret", { identity: "alice", name: "Alice", attributes: { a: "b" } });
  token.addGrant({ roomJoin: true, room: "lobby", ...video });
  return verifyAccessToken(await token.toJwt(), KEYS, Date.now());
}

describe("renewAccessToken", () => {
  it("keeps everything but the times", async () => {
    const nowMs = 2_000_000_000_000;
    const grant = await grantOf({ canSubscribe: false, canPublishSources: [], hidden: true });

    const renewed = await renewAccessToken(grant, KEYS, { nowMs, lifetimeMs: 600_000 });

    expect(await verifyAccessToken(renewed, KEYS, nowMs)).toEqual({
      ...grant,
      notBeforeMs: nowMs,
      expiresAtMs: nowMs + 600_000,
    });
  });

  it("never renews power over the server", async () => {
    const grant = await grantOf({ roomAdmin: true, roomCreate: true, roomList: true });

    const renewed = readAccessToken(await renewAccessToken(grant, KEYS, { nowMs: Date.now(), lifetimeMs: 600_000 }));

    expect(renewed).toMatchObject({ isRoomAdmin: false, canCreateRooms: false, canListRooms: false });
  });

  it("signs for no unknown issuer", async () => {
    const grant = { ...(await grantOf({})), issuer: "constructor" };

    const renewal = renewAccessToken(grant, KEYS, { nowMs: 0, lifetimeMs: 1 });

    await expect(renewal).rejects.toMatchObject({ code: "token_key_unknown" });
  });
});
