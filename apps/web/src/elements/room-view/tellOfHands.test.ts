import { Scope } from "@conclave/kit";
import { FakeClock, settlePromises } from "@conclave/kit/testing";
import { afterEach, beforeEach, expect, it } from "vitest";

import { FakeCall } from "../../testing/FakeCall.ts";
import { makeMember } from "../../testing/people.ts";
import { tellOfHands } from "./tellOfHands.ts";

let clock: FakeClock;
let call: FakeCall;
let scope: Scope;
let told: string[];
const JOINED_AT_MS = 1_000;
const people = ["Ann", "Bo", "Mira"].map((name) =>
  makeMember(name, { isSelf: name === "Mira", joinedAtMs: JOINED_AT_MS }),
);

beforeEach(() => {
  clock = new FakeClock();
  call = new FakeCall(people);
  scope = new Scope();
  told = [];
  tellOfHands(call, { clock, notify: (notice) => notice.kind === "info" && told.push(notice.text) }, scope);
});

afterEach(() => scope.end());

/** Who has a hand up now, raised at the given times. */
async function raise(raisedAtMs: Readonly<Record<string, number>>): Promise<void> {
  call.hands.set(Object.entries(raisedAtMs).map(([memberId, atMs]) => ({ memberId, raisedAtMs: atMs })));
  await settlePromises();
}

it("tells of each hand once, and not of one's own", async () => {
  await raise({ ann: 1_500 });
  await raise({ ann: 1_500, mira: 1_600 });
  await raise({ mira: 1_600, ann: 1_500, bo: 1_700 });

  expect(told).toEqual(["Ann raised a hand", "Bo raised a hand"]);
});

it("tells of those together who raise it together", async () => {
  await raise({ ann: 1_500, bo: 1_500 });

  expect(told).toEqual(["Ann and Bo raised a hand"]);
});

it("tells once in half a minute of who raises it again and again", async () => {
  for (let time = 0; time < 5; time++) {
    await raise({ ann: 1_500 + time });
    await raise({});
  }
  const at = told.length;
  await clock.advance(30_000);
  await raise({ ann: 30_000 });

  expect([at, told.length]).toEqual([1, 2]);
});

it("does not tell of hands that were up before one came", async () => {
  await raise({ ann: JOINED_AT_MS - 1 });
  await raise({ ann: JOINED_AT_MS - 1, bo: JOINED_AT_MS });

  expect(told).toEqual(["Bo raised a hand"]);
});
