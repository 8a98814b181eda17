import * as fc from "fast-check";
import { SignJWT } from "jose";
import { AccessToken } from "livekit-server-sdk";
import { describe, expect, it } from "vitest";

import { LivekitWireError, readAccessToken } from "./index.ts";
import { verifyAccessToken } from "./verify.ts";

const KEYS = { devkey: "devsecret" };
const NOW_MS = Date.now();

async function mint(ttlSeconds = 3600): Promise<string> {
  const token = new AccessToken("devkey", "devsecret", { identity: "alice", name: "Alice", ttl: ttlSeconds });
  token.addGrant({ roomJoin: true, room: "lobby", canPublish: true, canSubscribe: false });
  return token.toJwt();
}

function sign(claims: Record<string, unknown>, secret = "devsecret", alg = "HS256"): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg }).sign(new TextEncoder().encode(secret));
}

async function codeOf(attempt: () => unknown): Promise<string> {
  try {
    await attempt();
    return "none";
  } catch (fault) {
    return fault instanceof LivekitWireError ? fault.code : `not coded: ${String(fault)}`;
  }
}

describe("readAccessToken", () => {
  it("reads identity, room and expiry of a token minted by the server SDK", async () => {
    const grant = readAccessToken(await mint());

    expect(grant).toMatchObject({ identity: "alice", room: "lobby", name: "Alice", canSubscribe: false });
    expect(grant.expiresAtMs - NOW_MS).toBeGreaterThan(3_590_000);
  });

  it("refuses whatever is not a token with an identity and a room", async () => {
    const noRoom = await sign({ iss: "devkey", sub: "alice", exp: 2e9 });

    expect(await codeOf(() => readAccessToken(noRoom))).toBe("token_malformed");
    expect(await codeOf(() => readAccessToken("x".repeat(20_000)))).toBe("token_malformed");
    await fc.assert(
      fc.asyncProperty(fc.string(), async (text) => {
        expect(await codeOf(() => readAccessToken(text))).toBe("token_malformed");
        expect(await codeOf(() => readAccessToken(`a.${btoa(encodeURIComponent(text))}.c`))).toBe("token_malformed");
      }),
    );
  });

  it("keeps the token out of the error", async () => {
    const jwt = `a.${btoa("marked-secret")}.c`;

    expect.assertions(2);
    try {
      readAccessToken(jwt);
    } catch (fault) {
      expect(String((fault as Error).stack)).not.toContain("marked-secret");
      expect((fault as Error).cause).toBeUndefined();
    }
  });
});

describe("verifyAccessToken", () => {
  it("accepts a token minted by the server SDK and fills in the defaults", async () => {
    const grant = await verifyAccessToken(await mint(), KEYS, NOW_MS);

    expect(grant).toMatchObject({
      issuer: "devkey",
      identity: "alice",
      room: "lobby",
      canJoin: true,
      canPublish: true,
      canPublishData: true,
      canSubscribe: false,
      publishSources: undefined,
      isRoomAdmin: false,
    });
  });

  it("lets a list of sources supersede canPublish", async () => {
    const video = { room: "r", canPublish: false, canPublishSources: ["CAMERA", "microphone", "hologram"] };
    const grant = await verifyAccessToken(await sign({ iss: "devkey", exp: 2e9, video }), KEYS, NOW_MS);

    expect(grant.canPublish).toBe(true);
    expect(grant.publishSources).toEqual(["camera", "microphone"]);
  });

  it.each([
    ["an expired token", { iss: "devkey", exp: 1000 }, "token_expired"],
    ["a token of the future", { iss: "devkey", exp: 3e9, nbf: 2.9e9 }, "token_not_yet_valid"],
    ["an unknown issuer", { iss: "stranger", exp: 2e9 }, "token_key_unknown"],
    ["an issuer named like a property of every object", { iss: "constructor", exp: 2e9 }, "token_key_unknown"],
    ["a token without expiry", { iss: "devkey" }, "token_malformed"],
    ["a grant of the wrong type", { iss: "devkey", exp: 2e9, video: { roomJoin: "yes" } }, "token_malformed"],
  ])("refuses %s", async (_name, claims, code) => {
    const token = await sign(claims);

    expect(await codeOf(() => verifyAccessToken(token, KEYS, NOW_MS))).toBe(code);
  });

  it("refuses another secret, another algorithm and no signature at all", async () => {
    const claims = { iss: "devkey", exp: 2e9 };
    const unsigned = `${btoa('{"alg":"none"}')}.${btoa(JSON.stringify(claims))}.`.replaceAll("=", "");

    expect(await codeOf(async () => verifyAccessToken(await sign(claims, "other"), KEYS, NOW_MS))).toBe("token_forged");
    const hs512 = await sign(claims, "devsecret", "HS512");
    expect(await codeOf(() => verifyAccessToken(hs512, KEYS, NOW_MS))).toBe("token_forged");
    expect(await codeOf(() => verifyAccessToken(unsigned, KEYS, NOW_MS))).toBe("token_forged");
  });

  it("answers any text with a coded error", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string(), async (text) => {
        expect(await codeOf(() => verifyAccessToken(text, KEYS, NOW_MS))).toMatch(/^token_/);
      }),
    );
  });
});
