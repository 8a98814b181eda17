import { TestCall } from "@conclave/call/testing";
import { Scope } from "@conclave/kit";
import { FakeClock, seededRandom, settlePromises } from "@conclave/kit/testing";
import type { MatrixPort } from "@conclave/matrix-rtc";
import { FakeMatrix, type FakeMatrixUser, type FakeRoom } from "@conclave/matrix-rtc/testing";
import { beforeEach, describe, expect, it } from "vitest";

import type { BotSpec } from "../model.ts";
import { behave, type Behaviour } from "./behave.ts";

const MEMBER = "org.matrix.msc3401.call.member";
const POLITE: BotSpec = { number: 0, tier: "protocol", manners: "polite", talks: true, films: false };

let clock: FakeClock;
let room: FakeRoom;
let alice: FakeMatrixUser;
let bob: FakeMatrixUser;
let heard: number;

beforeEach(() => {
  clock = new FakeClock();
  const homeserver = new FakeMatrix(clock);
  room = homeserver.createRoom({ isEncrypted: true });
  alice = homeserver.connect("@alice:hs.example", "ALICEDEV");
  bob = homeserver.connect("@bob:hs.example", "BOBDEV");
  for (const user of [alice, bob]) room.join(user.self.userId, {});
  heard = 0;
  bob.toDeviceReceived.on(new Scope(), () => (heard += 1));
});

describe("behave", () => {
  it("does to the homeserver what the engine says if the bot is polite", async () => {
    await key(matrixOf({}));

    expect(heard).toBe(1);
  });

  it("withholds every key and tells the engine that they went out", async () => {
    const matrix = matrixOf({ manners: "key_withholder" });

    expect([await key(matrix), await key(matrix)]).toEqual([["sent"], ["sent"]]);
    expect(heard).toBe(0);
  });

  it("loses exactly the first key, however often it is sent", async () => {
    const matrix = matrixOf({ sabotage: "lose_key" });

    expect([await key(matrix), await key(matrix)]).toEqual([["sent"], ["sent"]]);
    expect(heard).toBe(0);
    await key(matrix, 1);

    expect(heard).toBe(1);
  });

  it("takes a silent leaver's membership back, and swallows what the engine does about it", async () => {
    const behaviour = behaviourOf({ manners: "silent_leaver" });
    const matrix = behaviour.matrix(alice);
    const member = { application: "m.call" };
    await matrix.sendState(room.roomId, MEMBER, "_alice", member);
    expect(membership()).toEqual(member);

    expect(await behaviour.leave()).toBe(true);
    expect(membership()).toEqual({});
    await matrix.sendState(room.roomId, MEMBER, "_alice", member);
    await matrix.scheduleState(room.roomId, MEMBER, "_alice", {}, 1_000);
    await key(matrix);

    expect(membership()).toEqual({});
    expect(heard).toBe(0);
  });

  it("lets a polite bot leave as the engine does", async () => {
    expect(await behaviourOf({}).leave()).toBe(false);
  });

  it("delays the syncs of a late reader and nothing else", async () => {
    const asked: string[] = [];
    const fetch = behaviourOf({ manners: "late_reader" }).fetch(async (input) => {
      asked.push(new Request(input).url);
      return Response.json({});
    });

    void fetch("https://hs.example/_matrix/client/v3/sync?timeout=30000");
    void fetch("https://hs.example/_matrix/client/v3/keys/query");
    await settlePromises();
    expect(asked).toEqual(["https://hs.example/_matrix/client/v3/keys/query"]);
    await clock.advance(5_000);

    expect(asked).toHaveLength(2);
  });

  it("says nothing more once it has vanished", async () => {
    const behaviour = behaviourOf({});
    const fetch = behaviour.fetch(async () => Response.json({}));
    behaviour.vanish();

    await expect(fetch("https://hs.example/")).rejects.toThrow("vanished");
  });

  it("asks nobody for a grant any more once it has vanished, though the engine would come back", async () => {
    const test = new TestCall();
    const behaviour = behaviourOf({});
    const fetch = behaviour.fetch(test.tokens.fetchAs("@carol:hs.example"));
    const carol = await test.enter("carol", { fetch });
    const call = await carol.join();
    expect(test.tokens.requests).toHaveLength(1);

    behaviour.vanish();
    test.sfu.end(carol.identity, "room_deleted");
    await test.clock.advance(5_000);

    expect(call.state.get()).toMatchObject({ phase: "reconnecting", cause: "sfu" });
    expect(test.tokens.requests).toHaveLength(1);
    await test.end();
  });

  it("waits for its grant as for everything else if its network is slow", async () => {
    const asked: string[] = [];
    const fetch = behaviourOf({ manners: "slow_network" }).fetch(async (input) => {
      asked.push(new Request(input).url);
      return Response.json({});
    });

    void fetch("https://rtc.hs.example/livekit/jwt/sfu/get");
    await clock.advance(99);
    expect(asked).toEqual([]);
    await clock.advance(501);

    expect(asked).toHaveLength(1);
  });
});

function behaviourOf(spec: Partial<BotSpec>): Behaviour {
  const random = seededRandom(7);
  return behave({ clock, randomBytes: (length) => random.bytes(length) }, { ...POLITE, ...spec });
}

function matrixOf(spec: Partial<BotSpec>): MatrixPort {
  return behaviourOf(spec).matrix(alice);
}

async function key(matrix: MatrixPort, index = 0): Promise<string[]> {
  const content = { keys: { index, key: "AAECAwQFBgcICQoLDA0ODw==" } };
  const outcomes = await matrix.sendEncryptedToDevice("io.element.call.encryption_keys", [bob.self], content);
  await settlePromises();
  await clock.advance(100);
  return outcomes.map(({ result }) => result);
}

function membership(): unknown {
  const view = alice.watchRoom(room.roomId, new Scope()).get();
  return view?.callMembers.find(({ stateKey }) => stateKey === "_alice")?.content;
}
