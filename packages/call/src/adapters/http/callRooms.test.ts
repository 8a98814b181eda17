import { Scope } from "@conclave/kit";
import { FakeClock } from "@conclave/kit/testing";
import { describe, expect, onTestFinished, test } from "vitest";

import { createCallRoom, joinRoom } from "./callRooms.ts";
import { HomeserverClient } from "./HomeserverClient.ts";
import { refuse, TinyHomeserver } from "./testing/TinyHomeserver.ts";

function setUp() {
  const scope = new Scope();
  onTestFinished(() => scope.end());
  const server = new TinyHomeserver();
  const { fetch } = server;
  const { signal } = scope;
  const client = new HomeserverClient({ homeserverUrl: "https://hs.example", fetch, clock: new FakeClock(), signal });
  return { server, client };
}

test("a call room is encrypted from its first moment and lets everybody be in the call", async () => {
  const { server, client } = setUp();
  server.on("POST", /createRoom/, () => ({ room_id: "!1:hs.example" }));

  await createCallRoom(client, { linkId: "standup", serverName: "hs.example", name: "Standup" });

  expect(server.requests[0]?.body).toMatchObject({
    room_alias_name: "standup",
    name: "Standup",
    visibility: "private",
    preset: "public_chat",
    initial_state: [
      { type: "m.room.encryption", content: { algorithm: "m.megolm.v1.aes-sha2" } },
      { type: "m.room.history_visibility", content: { history_visibility: "joined" } },
    ],
    power_level_content_override: {
      events: {
        "org.matrix.msc3401.call.member": 0,
        "org.matrix.msc4143.rtc.member": 0,
        "m.room.encryption": 100,
        "m.room.power_levels": 100,
      },
    },
  });
});

describe("a call room whose answer was lost", () => {
  const ROOM = { linkId: "standup", serverName: "hs.example" };

  /** The first answer is lost; `made` is what the homeserver says then. */
  function loseFirst(joined: readonly string[], made: () => Response | Record<string, unknown>) {
    const { server, client } = setUp();
    server.on("POST", /createRoom/, () =>
      server.count("POST", /createRoom/) === 1 ? Promise.reject(new TypeError("network")) : made(),
    );
    server.on("GET", /directory\/room\/%23standup%3Ahs\.example$/, () => ({ room_id: "!1:hs.example" }));
    server.on("GET", /joined_rooms/, () => ({ joined_rooms: joined }));
    return { server, making: createCallRoom(client, ROOM) };
  }

  test("is asked for again", async () => {
    const { server, making } = loseFirst([], () => ({ room_id: "!2:hs.example" }));

    expect(await making).toBe("!2:hs.example");
    expect(server.count("POST", /createRoom/)).toBe(2);
  });

  test("is the one that has the alias by then", async () => {
    const { making } = loseFirst(["!1:hs.example"], () => refuse(400, "M_ROOM_IN_USE"));

    expect(await making).toBe("!1:hs.example");
  });

  test("is not taken for somebody else's", async () => {
    const { making } = loseFirst(["!7:hs.example"], () => refuse(400, "M_ROOM_IN_USE"));

    await expect(making).rejects.toMatchObject({ code: "homeserver_refused" });
  });
});

test("an alias that is taken at once is somebody else's", async () => {
  const { server, client } = setUp();
  server.on("POST", /createRoom/, () => refuse(400, "M_ROOM_IN_USE"));

  await expect(createCallRoom(client, { linkId: "standup", serverName: "hs.example" })).rejects.toMatchObject({
    code: "homeserver_refused",
  });
  expect(server.requests).toHaveLength(1);
});

test("an alias is joined as one path segment", async () => {
  const { server, client } = setUp();
  server.on("POST", /join/, () => ({ room_id: "!1:hs.example" }));

  const roomId = await joinRoom(client, "#standup:hs.example");

  expect(roomId).toBe("!1:hs.example");
  expect(server.requests[0]?.path).toBe("/_matrix/client/v3/join/%23standup%3Ahs.example");
});

test.each([
  [404, "M_NOT_FOUND", "not_found"],
  [403, "M_FORBIDDEN", "forbidden"],
])("a join that is answered with %d %s fails as %s", async (status, errcode, code) => {
  const { server, client } = setUp();
  server.on("POST", /join/, () => refuse(status, errcode));

  await expect(joinRoom(client, "#standup:hs.example")).rejects.toMatchObject({ code });
});
