import { SignJWT } from "jose";
import { expect } from "vitest";

import type { Chapter } from "../Behaviour.ts";
import type { Stage } from "../Stage.ts";

async function validate(stage: Stage, token: string, query = ""): Promise<Response> {
  return stage.get(`/rtc/validate?access_token=${token}${query}`);
}

async function statusOf(stage: Stage, token: string, query = ""): Promise<number> {
  return (await validate(stage, token, query)).status;
}

/** A token whose claims no SDK would make. */
function odd(stage: Stage, claims: Record<string, unknown>, secret = stage.server.apiSecret): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const base = { iss: stage.server.apiKey, sub: "alice", nbf: now - 10, exp: now + 600 };
  const video = { roomJoin: true, room: stage.room };
  return new SignJWT({ ...base, video, ...claims })
    .setProtectedHeader({ alg: "HS256" })
    .sign(new TextEncoder().encode(secret));
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function unsigned(stage: Stage): string {
  const exp = Math.floor(Date.now() / 1000) + 600;
  const claims = { iss: stage.server.apiKey, sub: "alice", exp, video: { roomJoin: true, room: stage.room } };
  return `${encode({ alg: "none" })}.${encode(claims)}.`;
}

function expectOpenToOrigins(response: Response): void {
  expect(["*", "https://app.example"]).toContain(response.headers.get("access-control-allow-origin"));
}

const ORIGIN = { headers: { origin: "https://app.example" } };

/** Addresses, tokens and refusals. */
export const waysIn: Chapter = {
  subject: "ways in",
  behaviours: [
    {
      name: "says OK to whoever asks whether it lives",
      run: async (stage) => {
        const response = await stage.get("/");

        expect([response.status, await response.text()]).toEqual([200, "OK"]);
      },
    },
    {
      name: "answers HEAD, by which clients see that they are online",
      run: async (stage) => expect((await stage.get("/", { method: "HEAD" })).status).toBe(200),
    },
    {
      name: "lets pages of any origin read its answers",
      run: async (stage) => expectOpenToOrigins(await stage.get("/", ORIGIN)),
    },
    {
      name: "lets pages of any origin read its errors",
      run: async (stage) => {
        const response = await stage.get("/rtc/validate", ORIGIN);

        expect(response.status).toBe(401);
        expectOpenToOrigins(response);
      },
    },
    {
      name: "lets pages of any origin read that a path is not there",
      run: async (stage) => {
        const response = await stage.get("/nowhere", ORIGIN);

        expect(response.status).toBe(404);
        expectOpenToOrigins(response);
      },
    },
    {
      name: "allows preflighted requests with any header",
      run: async (stage) => {
        const headers = {
          origin: "https://app.example",
          "access-control-request-method": "POST",
          "access-control-request-headers": "authorization,content-type",
        };
        const response = await stage.get("/twirp/livekit.RoomService/ListRooms", { method: "OPTIONS", headers });

        expect(response.ok).toBe(true);
        expectOpenToOrigins(response);
        expect(response.headers.get("access-control-allow-methods")).toContain("POST");
        const allowed = response.headers.get("access-control-allow-headers") ?? "";
        expect(allowed === "*" || allowed.toLowerCase().includes("authorization")).toBe(true);
      },
    },
    {
      name: "validates a token without joining",
      run: async (stage) => {
        const response = await validate(stage, await stage.token());

        expect([response.status, await response.text()]).toEqual([200, "success"]);
      },
    },
    {
      name: "takes a token from the Authorization header",
      run: async (stage) => {
        const authorization = `Bearer ${await stage.token()}`;

        expect((await stage.get("/rtc/validate", { headers: { authorization } })).status).toBe(200);
      },
    },
    {
      name: "refuses whoever has no token with 401",
      run: async (stage) => expect((await stage.get("/rtc/validate")).status).toBe(401),
    },
    {
      name: "refuses what is no token with 401",
      run: async (stage) => expect(await statusOf(stage, "nonsense")).toBe(401),
    },
    {
      name: "refuses a token that another secret has signed",
      run: async (stage) => {
        const secret = "another-secret-of-more-than-32-characters";

        expect(await statusOf(stage, await stage.token({ secret }))).toBe(401);
      },
    },
    {
      name: "refuses a token of a key that it does not know",
      run: async (stage) => expect(await statusOf(stage, await odd(stage, { iss: "unknown" }))).toBe(401),
    },
    {
      name: "refuses an unsigned token",
      run: async (stage) => expect(await statusOf(stage, unsigned(stage))).toBe(401),
    },
    {
      name: "refuses an expired token",
      run: async (stage) => {
        const exp = Math.floor(Date.now() / 1000) - 3600;

        expect(await statusOf(stage, await odd(stage, { nbf: exp - 60, exp }))).toBe(401);
      },
    },
    {
      name: "refuses a token from the future",
      run: async (stage) => {
        const nbf = Math.floor(Date.now() / 1000) + 3600;

        expect(await statusOf(stage, await odd(stage, { nbf, exp: nbf + 60 }))).toBe(401);
      },
    },
    {
      name: "refuses a token that does not allow to join",
      run: async (stage) => expect(await statusOf(stage, await stage.token({ grant: { roomJoin: false } }))).toBe(401),
    },
    {
      name: "refuses a token without any grant",
      run: async (stage) => expect(await statusOf(stage, await odd(stage, { video: undefined }))).toBe(401),
    },
    {
      name: "refuses a token without identity with 400",
      run: async (stage) => expect(await statusOf(stage, await odd(stage, { sub: "" }))).toBe(400),
    },
    {
      name: "refuses a token without room with 400",
      run: async (stage) => expect(await statusOf(stage, await odd(stage, { video: { roomJoin: true } }))).toBe(400),
    },
    {
      name: "refuses an identity of more than 256 characters with 400",
      run: async (stage) => expect(await statusOf(stage, await stage.token({ identity: "a".repeat(257) }))).toBe(400),
    },
    {
      name: "takes an identity of 256 characters",
      run: async (stage) => expect(await statusOf(stage, await stage.token({ identity: "a".repeat(256) }))).toBe(200),
    },
    {
      name: "refuses a room name of more than 256 characters with 400",
      run: async (stage) => expect(await statusOf(stage, await stage.token({ room: "r".repeat(257) }))).toBe(400),
    },
    {
      name: "refuses an upgrade for the reason that it gives to a validation",
      run: async (stage) => {
        expect(await stage.upgradeStatus("nonsense")).toBe(401);
        expect(await stage.upgradeStatus(await stage.token({ grant: { roomJoin: false } }))).toBe(401);
        expect(await stage.upgradeStatus(await stage.token({ identity: "a".repeat(257) }))).toBe(400);
      },
    },
    {
      name: "answers the signalling path with 404 where no upgrade is asked for",
      run: async (stage) => expect((await stage.get(`/rtc?access_token=${await stage.token()}`)).status).toBe(404),
    },
    {
      name: "offers the single peer connection under /rtc/v1",
      differs: "mediasoup dictates payload types; every client falls back to two connections on this 404",
      run: async (stage) => {
        const response = await stage.get(`/rtc/v1/validate?access_token=${await stage.token()}`);

        expect(response.status).not.toBe(404);
      },
    },
    {
      name: "knows no regions and says so with 404",
      run: async (stage) => {
        const headers = { authorization: `Bearer ${await stage.token()}` };

        expect((await stage.get("/settings/regions", { headers })).status).toBe(404);
      },
    },
  ],
};
