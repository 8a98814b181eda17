import { silentLogger } from "@conclave/kit";
import { FakeClock } from "@conclave/kit/testing";
import { type RoomId, ROOM_CALL_SLOT } from "@conclave/matrix-rtc";
import { FakeMatrix, type FakeMatrixUser } from "@conclave/matrix-rtc/testing";
import * as fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";

import { type AuthorizerSubject, createSfuAuthorizer, type SfuAuthorizer } from "./authorizeSfu.ts";
import { CallError } from "./errors.ts";
import { FakeTokenService } from "./testing/index.ts";

const SERVICE_URL = "https://rtc.hs.example/livekit/jwt";
const subject: AuthorizerSubject = {
  roomId: "!room:hs.example" as RoomId,
  slot: ROOM_CALL_SLOT,
  memberId: "@alice:hs.example:ALICEDEV",
  identity: "plain",
};

let clock: FakeClock;
let service: FakeTokenService;
let alice: FakeMatrixUser;
beforeEach(() => {
  clock = new FakeClock();
  service = new FakeTokenService(SERVICE_URL, () => clock.nowMs());
  alice = new FakeMatrix(clock).connect("@alice:hs.example", "ALICEDEV");
});

function authorizer(
  changes: Partial<AuthorizerSubject> = {},
  fetch = service.fetchAs("@alice:hs.example"),
): SfuAuthorizer {
  return createSfuAuthorizer({ matrix: alice, clock, fetch, logger: silentLogger }, { ...subject, ...changes });
}

async function codeOf(attempt: Promise<unknown>): Promise<string> {
  const fault: unknown = await attempt.then(() => undefined).catch((error: unknown) => error);
  return fault instanceof CallError ? fault.code : `not a CallError: ${String(fault)}`;
}

describe("asking for a grant", () => {
  it("sends exactly what the older route reads, and nothing else", async () => {
    const grant = await authorizer().grantFor(SERVICE_URL, "publish");

    expect(service.requests).toEqual([
      {
        path: "/sfu/get",
        body: {
          room: subject.roomId,
          device_id: "ALICEDEV",
          openid_token: {
            access_token: expect.any(String) as string,
            token_type: "Bearer",
            matrix_server_name: "hs.example",
            expires_in: 3_600,
          },
        },
      },
    ]);
    expect(grant).toMatchObject({ identity: "@alice:hs.example:ALICEDEV", room: subject.roomId, url: service.sfuUrl });
  });

  it("sends exactly what MSC4195's route reads for a hashed identity", async () => {
    await authorizer({ identity: "hashed" }).grantFor(SERVICE_URL, "publish");

    const [request] = service.requests;
    expect(request?.path).toBe("/get_token");
    expect(Object.keys(request?.body ?? {}).toSorted()).toEqual(["member", "openid_token", "room_id", "slot_id"]);
    expect(request?.body["slot_id"]).toBe("m.call#ROOM");
    expect(request?.body["member"]).toEqual({
      id: subject.memberId,
      claimed_user_id: "@alice:hs.example",
      claimed_device_id: "ALICEDEV",
    });
  });

  it.each([
    ["plain", "/sfu/get", "grant_unreachable"],
    ["hashed", "/get_token", "grant_refused"],
  ] as const)("asks where it publishes for a %s identity on %s only", async (identity, route, code) => {
    service.missingRoutes.add(route);

    expect(await codeOf(authorizer({ identity }).grantFor(SERVICE_URL, "publish"))).toBe(code);
    expect(service.requests.map(({ path }) => path)).toEqual([route]);
  });

  it.each(["plain", "hashed"] as const)("hides who a %s member is where it only subscribes", async (identity) => {
    await authorizer({ identity }).grantFor(SERVICE_URL, "subscribe");

    expect(service.requests.map(({ path }) => path)).toEqual(["/get_token"]);
  });

  it("takes the older route where it only subscribes and the newer one is missing or refuses", async () => {
    service.missingRoutes.add("/get_token");
    await authorizer().grantFor(SERVICE_URL, "subscribe");
    service.missingRoutes.clear();
    service.failWith = 400;
    const refused = await codeOf(authorizer().grantFor(SERVICE_URL, "subscribe"));

    expect(refused).toBe("grant_refused");
    const both = ["/get_token", "/sfu/get"];
    expect(service.requests.map(({ path }) => path)).toEqual([...both, ...both]);
  });

  it("does not ask twice where the other route would fare no better", async () => {
    service.failWith = 429;
    expect(await codeOf(authorizer().grantFor(SERVICE_URL, "subscribe"))).toBe("rate_limited");
    service.isUnreachable = true;
    expect(await codeOf(authorizer().grantFor(SERVICE_URL, "subscribe"))).toBe("grant_unreachable");

    expect(service.requests.map(({ path }) => path)).toEqual(["/get_token"]);
  });

  it("does not publish with a grant that was for subscribing", async () => {
    const keeper = authorizer();

    await keeper.grantFor(SERVICE_URL, "subscribe");
    const grant = await keeper.grantFor(SERVICE_URL, "publish");

    expect(grant.identity).toBe("@alice:hs.example:ALICEDEV");
  });

  it("needs no preflight: no header of its own, a text body, no cookies", async () => {
    const seen: RequestInit[] = [];
    const fetch = service.fetchAs("@alice:hs.example");
    await authorizer({}, (input, init) => {
      seen.push(init ?? {});
      return fetch(input, init);
    }).grantFor(SERVICE_URL, "publish");

    expect(seen).toEqual([
      { method: "POST", body: expect.any(String) as string, credentials: "omit", signal: expect.anything() as object },
    ]);
  });

  it("gives up after a while, and says that trying again may help", async () => {
    const asking = authorizer({}, hanging).grantFor(SERVICE_URL, "publish");
    const settled = asking.catch((error: unknown) => error);
    await clock.advance(15_000);

    expect(await settled).toMatchObject({ code: "grant_unreachable", retryable: true });
    expect(clock.pendingTimers).toBe(0);
  });

  it("refuses answers that are not a grant, whatever they are", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.string(), fc.json(), fc.record({ url: fc.string(), jwt: fc.string() }).map(toJson)),
        async (text) => {
          service.answerWith = text;
          expect(await codeOf(authorizer().grantFor(SERVICE_URL, "publish"))).toBe("grant_refused");
        },
      ),
      { numRuns: 200 },
    );
  });

  it("refuses an SFU that is no web address", async () => {
    service.answerWith = toJson({ url: "javascript:alert(1)", jwt: "a.b.c" });

    expect(await codeOf(authorizer().grantFor(SERVICE_URL, "publish"))).toBe("grant_refused");
  });
});

describe("keeping a grant", () => {
  it("hands out the same while it is fresh", async () => {
    const keeper = authorizer();

    const first = await keeper.grantFor(SERVICE_URL, "publish");
    await clock.advance(29 * 60_000);

    expect(await keeper.grantFor(SERVICE_URL, "publish")).toBe(first);
  });

  it("asks again in the second half of its life", async () => {
    const keeper = authorizer();
    await keeper.grantFor(SERVICE_URL, "publish");

    await clock.advance(31 * 60_000);
    await keeper.grantFor(SERVICE_URL, "publish");

    expect(service.requests).toHaveLength(2);
  });

  it("asks once for those who ask at the same time", async () => {
    const keeper = authorizer();

    await Promise.all([
      keeper.grantFor(SERVICE_URL, "publish"),
      keeper.grantFor(SERVICE_URL, "publish"),
      keeper.renew(SERVICE_URL, "publish"),
    ]);

    expect(service.requests).toHaveLength(1);
  });

  it("uses each OpenID token for one request to one service", async () => {
    const keeper = authorizer();

    await keeper.renew(SERVICE_URL, "publish");
    await keeper.renew(SERVICE_URL, "publish");

    const tokens = service.requests.map(({ body }) => (body["openid_token"] as { access_token: string }).access_token);
    expect(new Set(tokens).size).toBe(2);
  });

  it("asks again after a failure", async () => {
    const keeper = authorizer();
    service.failWith = 500;
    expect(await codeOf(keeper.grantFor(SERVICE_URL, "publish"))).toBe("grant_unreachable");

    service.failWith = undefined;

    await expect(keeper.grantFor(SERVICE_URL, "publish")).resolves.toMatchObject({ url: service.sfuUrl });
  });
});

const hanging: typeof globalThis.fetch = (_input, init) =>
  new Promise((_resolve, reject) => {
    init?.signal?.addEventListener("abort", () => reject(new DOMException("Aborted", "AbortError")));
  });

function toJson(value: unknown): string {
  return JSON.stringify(value);
}
