import { Scope } from "@conclave/kit";
import { FakeClock } from "@conclave/kit/testing";
import { expect, onTestFinished, test } from "vitest";

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

  await createCallRoom(client, "standup", "Standup");

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
