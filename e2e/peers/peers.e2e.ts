import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createRoom } from "../createRoom.ts";
import { postJson } from "../json.ts";
import { type Login, register } from "../registerAccount.ts";
import { type Peers, spawnPeers, type SpawnedPeers } from "./spawnPeers.ts";

/** Building LiveKit takes three minutes where nothing is cached. */
const BUILD_LIMIT_MS = 900_000;
const TRANSPORTS = "/_matrix/client/unstable/org.matrix.msc4143/rtc/transports";

interface Grant {
  readonly url: string;
  readonly jwt: string;
}

let stack: SpawnedPeers;

beforeAll(async () => {
  stack = await spawnPeers();
}, BUILD_LIMIT_MS);

afterAll(() => stack.close());

async function readTransport({ homeserverUrl }: Peers, { accessToken }: Login): Promise<string> {
  const response = await fetch(homeserverUrl + TRANSPORTS, { headers: { authorization: `Bearer ${accessToken}` } });
  const body = (await response.json()) as { rtc_transports: readonly { livekit_service_url: string }[] };
  return body.rtc_transports[0]?.livekit_service_url ?? "";
}

function openIdToken({ homeserverUrl }: Peers, { userId, accessToken }: Login): Promise<object> {
  const user = encodeURIComponent(userId);
  return postJson(`${homeserverUrl}/_matrix/client/v3/user/${user}/openid/request_token`, {}, accessToken);
}

async function join({ homeserverUrl }: Peers, { accessToken }: Login, alias: string): Promise<void> {
  await postJson(`${homeserverUrl}/_matrix/client/v3/join/${encodeURIComponent(alias)}`, {}, accessToken);
}

const isAccepted = async ({ url, jwt }: Grant): Promise<string> => {
  const response = await fetch(`${url.replace("ws", "http")}/rtc/validate?access_token=${jwt}`);
  return `${response.status} ${await response.text()}`;
};

describe("Synapse, LiveKit and our authorisation service", () => {
  it("give two people of an encrypted room grants that LiveKit takes", async (context) => {
    const running = stack.of(context);
    const people = [await register(running.homeserverUrl, "alice"), await register(running.homeserverUrl, "bob")];
    const room = await createRoom(running.homeserverUrl, { isEncrypted: true });

    for (const person of people) {
      await join(running, person, room.alias);
      const serviceUrl = await readTransport(running, person);
      expect(serviceUrl).toBe(running.jwtUrl);
      const openid_token = await openIdToken(running, person);
      const older = await postJson<Grant>(`${serviceUrl}/sfu/get`, {
        room: room.roomId,
        openid_token,
        device_id: person.deviceId,
      });
      expect(older.url).toBe(running.livekitUrl);
      expect(await isAccepted(older)).toBe("200 success");
      const newer = await postJson<Grant>(`${serviceUrl}/get_token`, {
        room_id: room.roomId,
        slot_id: "m.call#ROOM",
        openid_token: await openIdToken(running, person),
        member: { id: "m", claimed_user_id: person.userId, claimed_device_id: person.deviceId },
      });
      expect(await isAccepted(newer)).toBe("200 success");
    }
  });

  it("give nobody a grant for a forged proof, and LiveKit takes no forged grant", async (context) => {
    const running = stack.of(context);
    const person = await register(running.homeserverUrl, "mallory");
    const token = { ...(await openIdToken(running, person)), access_token: "forged" };

    const response = await fetch(`${running.jwtUrl}/sfu/get`, {
      method: "POST",
      body: JSON.stringify({ room: "!r", openid_token: token, device_id: person.deviceId }),
    });

    expect(response.status).toBe(401);
    expect(await isAccepted({ url: running.livekitUrl, jwt: "a.b.c" })).toMatch(/^401 /);
  });

  it("come with a web app that leads to them", async (context) => {
    const running = stack.of(context);
    if (running.webAppUrl === undefined) context.skip("The web app is not built");

    const config = (await (await fetch(`${running.webAppUrl}/config.json`)).json()) as { homeserverUrl: string };

    expect(config.homeserverUrl).toBe(running.homeserverUrl);
    expect(await (await fetch(`${running.webAppUrl}/r/abcd-efgh-jkm`)).text()).toContain("<script");
  });
});
