import { Scope, signal, silentLogger, type WritableSignal } from "@conclave/kit";
import { FakeClock, settlePromises } from "@conclave/kit/testing";
import type { RtcMember } from "@conclave/matrix-rtc";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { GrantUse } from "../authorizeSfu.ts";
import { CallError } from "../errors.ts";
import { FakeSfu } from "../testing/index.ts";
import type { KeeperDeps } from "./keepConnected.ts";
import type { SfuGrant } from "./ports.ts";
import { SfuConnections } from "./SfuConnections.ts";

const OWN = "https://own.example/jwt";
const OTHER = "https://other.example/jwt";

let scope: Scope;
let clock: FakeClock;
let sfu: FakeSfu;
let members: WritableSignal<readonly RtcMember[]>;
let asked: string[];
let uses: Map<string, GrantUse>;
let refusal: CallError | undefined;
beforeEach(() => {
  scope = new Scope();
  clock = new FakeClock();
  sfu = new FakeSfu();
  members = signal<readonly RtcMember[]>([]);
  asked = [];
  uses = new Map();
  refusal = undefined;
});
afterEach(async () => {
  await scope.end();
  expect(sfu.connections.size).toBe(0);
  expect(clock.pendingTimers).toBe(0);
});

function start(): SfuConnections {
  const authorizer: KeeperDeps["authorizer"] = {
    grantFor: (serviceUrl, use) => grant("prepared", serviceUrl, use),
    renew: (serviceUrl, use) => grant("renewed", serviceUrl, use),
  };
  const guard = { isEncrypted: true, protectSender: () => {}, protectReceiver: () => {} };
  const timings = { mark: () => {} };
  const deps = { sfu, authorizer, guard, clock, randomBytes: noJitter, logger: silentLogger, timings };
  return new SfuConnections(deps, OWN, scope);
}

async function grant(kind: string, serviceUrl: string, use: GrantUse): Promise<SfuGrant> {
  asked.push(`${kind} ${serviceUrl}`);
  uses.set(serviceUrl, use);
  if (refusal) throw refusal;
  return Promise.resolve({ url: "ws://sfu", jwt: "x", identity: serviceUrl, room: serviceUrl, expiresAtMs: Infinity });
}

function noJitter(lengthBytes: number): Uint8Array {
  return new Uint8Array(lengthBytes);
}

function memberOn(serviceUrl: string | undefined): RtcMember {
  return { transport: serviceUrl && { type: "livekit", serviceUrl } } as RtcMember;
}

function connectedTo(): readonly string[] {
  return Array.from(sfu.connections, ({ room }) => room).toSorted();
}

describe("SfuConnections", () => {
  it("connects to the own SFU with the prepared grant, without anybody there", async () => {
    const sfus = start();
    const connection = await sfus.connectOwn();

    expect(connection.ownIdentity).toBe(OWN);
    expect(asked).toEqual([`prepared ${OWN}`]);
  });

  it("connects once to each SFU that a member publishes on, and leaves those that nobody uses any more", async () => {
    const sfus = start();
    sfus.follow(members);
    members.set([memberOn(OTHER), memberOn(OTHER), memberOn(OWN), memberOn(undefined)]);
    await settlePromises();
    expect(connectedTo()).toEqual([OTHER, OWN].toSorted());
    expect(asked).toHaveLength(2);

    members.set([]);
    await settlePromises();

    expect(connectedTo()).toEqual([OWN]);
  });

  it("asks to publish on the own SFU only", async () => {
    start().follow(members);

    members.set([memberOn(OTHER), memberOn(OWN)]);
    await settlePromises();

    expect([uses.get(OWN), uses.get(OTHER)]).toEqual(["publish", "subscribe"]);
  });

  it("connects to no more SFUs than a call can have", async () => {
    const sfus = start();
    sfus.follow(members);

    members.set(Array.from({ length: 100 }, (_, index) => memberOn(`https://sfu${index}.example`)));
    await settlePromises();

    expect(sfu.connections.size).toBe(16);
    expect(connectedTo()).toContain(OWN);
  });

  it("tells the first failure at the own SFU, and goes on trying for whoever waits longer", async () => {
    sfu.goDown();
    const sfus = start();

    await expect(sfus.connectOwn()).rejects.toMatchObject({ code: "sfu_unreachable" });
    expect(sfus.participants().get(OWN)).toBeUndefined();
    sfu.comeUp();
    await clock.advance(300);

    expect(connectedTo()).toEqual([OWN]);
    expect(sfus.participants().get(OWN)).toEqual([]);
  });

  it("waits for an authorisation service that comes back, and connects within a second of that", async () => {
    refusal = new CallError("grant_unreachable", "Down", { retryable: true });
    const sfus = start();
    const connecting = sfus.connectOwn();
    await clock.advance(30_000);
    refusal = undefined;

    await clock.advance(1_000);

    expect((await connecting).ownIdentity).toBe(OWN);
  });

  it("does not wait for ever", async () => {
    refusal = new CallError("grant_unreachable", "Down", { retryable: true });
    const connecting = expect(start().connectOwn()).rejects.toMatchObject({ code: "grant_unreachable" });

    await clock.advance(40_000);

    await connecting;
  });

  it("stops trying after a refusal at the start", async () => {
    refusal = new CallError("grant_refused", "No");
    const sfus = start();
    await expect(sfus.connectOwn()).rejects.toMatchObject({ code: "grant_refused" });

    await clock.advance(60_000);

    expect(asked).toHaveLength(1);
    expect(sfus.ownStatus()).toMatchObject({ is: "over", error: { code: "grant_refused" } });
  });

  it("tries again at most a second apart, so that an SFU that is back is found at once", async () => {
    const sfus = start();
    await sfus.connectOwn();
    sfu.goDown();
    await clock.advance(30_000);
    const attempts = sfu.connectCount;

    await clock.advance(10_000);

    expect(sfu.connectCount - attempts).toBe(10);
    expect(asked.slice(1).every((request) => request === `renewed ${OWN}`)).toBe(true);
  });

  it("becomes patient with an SFU that stays away", async () => {
    const sfus = start();
    await sfus.connectOwn();
    sfu.goDown();
    await clock.advance(120_000);
    const attempts = sfu.connectCount;

    await clock.advance(50_000);

    expect(sfu.connectCount - attempts).toBe(10);
  });
});
