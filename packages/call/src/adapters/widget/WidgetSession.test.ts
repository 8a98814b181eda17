import { Scope, silentLogger } from "@conclave/kit";
import { FakeClock, recordEvents } from "@conclave/kit/testing";
import type { EventId, MatrixPort, RoomId } from "@conclave/matrix-rtc";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";

import { openMatrixWidget, WidgetHost } from "../matrixWidget.ts";
import { VERSIONS } from "./actions.ts";
import { FakeHostPage } from "./testing/FakeHostPage.ts";

const ROOM = "!room:hs" as RoomId;
const ALICE = "@alice:hs";
const CALL_MEMBER = "org.matrix.msc3401.call.member";
const OWN_KEY = `_${ALICE}_ALICEDEV_m.call`;
const MODERN: readonly string[] = Object.values(VERSIONS).filter((version) => version !== VERSIONS.devices);
const KEYS = "io.element.call.encryption_keys";
const RTC_MEMBER = "org.matrix.msc4143.rtc.member";

let page: FakeHostPage;
let clock: FakeClock;
let scope: Scope;
let port: MatrixPort;
let fetched: string[];
let versions: object | undefined;

beforeEach(() => {
  page = new FakeHostPage();
  clock = new FakeClock();
  scope = new Scope();
  fetched = [];
  versions = { unstable_features: { "org.matrix.msc4140": true, "org.matrix.msc4354": true } };
  const { parentUrl, widgetId, window } = page;
  const host = new WidgetHost({ window, widgetId, parentUrl, clock, logger: silentLogger }, scope);
  port = openMatrixWidget(
    {
      host,
      userId: ALICE,
      deviceId: "ALICEDEV",
      roomId: ROOM,
      baseUrl: "https://hs.example",
      fetch: fakeFetch,
      logger: silentLogger,
      clock,
    },
    scope,
  );
  onTestFinished(() => scope.end());
});

function fakeFetch(input: URL | RequestInfo, init?: RequestInit): Promise<Response> {
  fetched.push(
    `${input instanceof Request ? input.url : input.toString()} ${new Headers(init?.headers).get("authorization") ?? "nobody"}`,
  );
  return versions ? Promise.resolve(Response.json(versions)) : Promise.reject(new TypeError("no network"));
}

let serial = 0;

function event(type: string, content: object, more: object = {}): Record<string, unknown> {
  serial += 1;
  return { type, content, event_id: `$${serial}`, sender: "@bob:hs", origin_server_ts: 1, room_id: ROOM, ...more };
}

function member(userId: string, membership = "join"): Record<string, unknown> {
  return event("m.room.member", { membership }, { state_key: userId });
}

function refusal(httpStatus: number, response: object, headers: object = {}): object {
  return { error: { message: "no", matrix_api_error: { http_status: httpStatus, http_headers: headers, response } } };
}

describe("the room", () => {
  test("is what the host pushes, and nothing of other rooms", async () => {
    await page.begin(MODERN);
    const view = port.watchRoom(ROOM, scope);

    await page.ask("update_state", {
      state: [
        member(ALICE),
        member("@bob:hs"),
        { ...member("@eve:hs"), room_id: "!other:hs" },
        event("m.room.encryption", {}, { state_key: "" }),
      ],
    });
    // With update_state a single event never changes state.
    await page.ask("send_event", event("m.room.name", { name: "Forged" }, { state_key: "" }));

    expect([...(view.get()?.joined.keys() ?? [])]).toEqual([ALICE, "@bob:hs"]);
    expect([view.get()?.isEncrypted, view.get()?.name]).toEqual([true, ""]);
  });

  test("is read from hosts that do not push, and follows single events there", async () => {
    page.answer("org.matrix.msc2876.read_events", ({ type }) => ({
      events: type === "m.room.member" ? [member(ALICE)] : [],
    }));
    await page.begin(["org.matrix.msc2871"]);
    const view = port.watchRoom(ROOM, scope);
    await expect.poll(() => view.get()?.joined.size).toBe(1);

    await page.ask("send_event", event("m.room.name", { name: "Standup" }, { state_key: "" }));

    expect(view.get()?.name).toBe("Standup");
  });

  test("is gone when its user has left", async () => {
    await page.begin(MODERN);
    const view = port.watchRoom(ROOM, scope);
    await page.ask("update_state", { state: [member(ALICE)] });

    await page.ask("update_state", { state: [member(ALICE, "leave")] });

    expect(view.get()).toBeUndefined();
  });

  test("keeps sticky members that come ahead of its state", async () => {
    await page.begin(MODERN);
    const view = port.watchRoom(ROOM, scope);
    const sticky = { msc4354_sticky: { duration_ms: 60_000 }, unsigned: { msc4354_sticky_duration_ttl_ms: 60_000 } };

    await page.ask("send_event", event(RTC_MEMBER, { msc4354_sticky_key: "m" }, sticky));
    await page.ask("update_state", { state: [member(ALICE)] });

    expect(view.get()?.stickyMembers.map(({ sender }) => sender)).toEqual(["@bob:hs"]);
  });

  test("tells a message event once", async () => {
    await page.begin(MODERN);
    const heard = recordEvents(scope, port.watchEvents(ROOM, scope));
    const reaction = event("io.element.call.reaction", { emoji: "🎉" });

    for (const told of [reaction, reaction, event("m.room.message", {}), { ...reaction, room_id: "!other:hs" }])
      await page.ask("send_event", told);

    expect(heard.map(({ content }) => content)).toEqual([{ emoji: "🎉" }]);
  });
});

describe("what the host does not allow", () => {
  test("is not asked for", async () => {
    await page.begin(MODERN, (capability) => !capability.includes("delayed"));

    await expect(port.scheduleState(ROOM, CALL_MEMBER, OWN_KEY, {}, 1000)).rejects.toMatchObject({ code: "forbidden" });
    await expect(port.sendState(ROOM, CALL_MEMBER, "@bob:hs", {})).rejects.toMatchObject({ code: "forbidden" });
    await expect(port.sendState("!other:hs" as RoomId, CALL_MEMBER, OWN_KEY, {})).rejects.toMatchObject({
      code: "forbidden",
    });
    expect([page.requests("send_event"), (await port.readFeatures()).delayedEvents]).toEqual([[], false]);
  });

  test("is unknown until it has begun, and that is waited for in vain for half a minute", async () => {
    const sending = port.sendState(ROOM, CALL_MEMBER, OWN_KEY, {});

    await Promise.all([
      expect(sending).rejects.toMatchObject({ code: "homeserver_unreachable", retryable: true }),
      clock.advance(30_000),
    ]);
  });
});

describe("a refusal", () => {
  test("keeps what the homeserver said", async () => {
    await page.begin(MODERN);
    const answers: [object, object][] = [
      [refusal(429, { errcode: "M_LIMIT_EXCEEDED", retry_after_ms: 900 }), { code: "rate_limited", retryAfterMs: 900 }],
      [refusal(429, { errcode: "M_X" }, { "Retry-After": "3" }), { code: "rate_limited", retryAfterMs: 3000 }],
      [refusal(404, { errcode: "M_NOT_FOUND" }), { code: "not_found", retryable: false }],
      [refusal(403, { errcode: "M_FORBIDDEN" }), { code: "forbidden" }],
      [refusal(502, {}), { code: "homeserver_unreachable", retryable: true }],
      // A host says nothing more of a network that is down.
      [{ error: { message: "Error sending event" } }, { code: "homeserver_unreachable", retryable: true }],
      [{ error: "?" }, { code: "homeserver_refused" }],
    ];
    for (const [answer, expected] of answers) {
      page.answer("send_event", () => answer as never);
      await expect(port.sendState(ROOM, CALL_MEMBER, OWN_KEY, {})).rejects.toMatchObject(expected);
    }
  });

  test("shows in isSyncing only if the homeserver was not reached, until it is", async () => {
    await page.begin(MODERN);
    const states: boolean[] = [];
    for (const answer of [
      refusal(404, { errcode: "M_NOT_FOUND" }),
      refusal(502, {}),
      { room_id: ROOM, event_id: "$1" },
    ]) {
      page.answer("send_event", () => answer as never);
      await port.sendState(ROOM, CALL_MEMBER, OWN_KEY, {}).catch(() => {});
      states.push(port.isSyncing.get());
    }

    expect(states).toEqual([true, false, true]);
  });
});

describe("a delayed event", () => {
  test("whose answer is late is cancelled: nobody knows of it", async () => {
    await page.begin(MODERN);
    page.answer("org.matrix.msc4157.update_delayed_event", () => ({}));
    const scheduling = port.scheduleState(ROOM, CALL_MEMBER, OWN_KEY, {}, 18_000);
    await Promise.all([
      expect(scheduling).rejects.toMatchObject({ code: "homeserver_unreachable" }),
      clock.advance(15_000),
    ]);

    page.post({ ...page.requests("send_event")[0], response: { room_id: ROOM, delay_id: "late" } });

    await expect
      .poll(() => page.requests("org.matrix.msc4157.update_delayed_event").map(({ data }) => data))
      .toEqual([{ delay_id: "late", action: "cancel" }]);
  });

  test("carries its delay, and its stickiness", async () => {
    await page.begin(MODERN);
    page.answer("send_event", () => ({ room_id: ROOM, delay_id: "d" }));

    await port.scheduleEvent(ROOM, RTC_MEMBER, { left: true }, { delayMs: 8000.4, stickyForMs: 3_600_000 });

    expect(page.requests("send_event")[0]?.data).toEqual({
      room_id: ROOM,
      type: RTC_MEMBER,
      content: { left: true },
      delay: 8000,
      sticky_duration_ms: 3_600_000,
    });
  });
});

describe("a to-device message", () => {
  const content = { member: { id: "m", claimed_device_id: "BOBDEV" } };
  const message = { type: KEYS, sender: "@bob:hs", content };
  const named = { "io.conclave.encrypted_by": { device_id: "PROVEN", is_cross_signed: true } };

  test("in clear comes from no device, whatever it says", async () => {
    await page.begin([...MODERN, VERSIONS.devices]);
    const heard = recordEvents(scope, port.toDeviceReceived);

    await page.ask("send_to_device", { ...message, ...named, encrypted: false });
    await page.ask("send_to_device", { ...message, ...named });

    expect(heard.map(({ encryptedBy }) => encryptedBy)).toEqual([undefined, undefined]);
  });

  test("comes from the device that it claims where the host says no more, and nobody vouches for that", async () => {
    await page.begin(MODERN);
    const heard = recordEvents(scope, port.toDeviceReceived);

    // A host that passes on what it does not know: the field is the sender's, not the host's.
    await page.ask("send_to_device", { ...message, ...named, encrypted: true });

    expect(heard[0]?.encryptedBy).toEqual({ deviceId: "BOBDEV", isCrossSigned: false });
  });

  test("comes from the device that the host proves, and from none if it proves none", async () => {
    await page.begin([...MODERN, VERSIONS.devices]);
    const heard = recordEvents(scope, port.toDeviceReceived);

    await page.ask("send_to_device", { ...message, ...named, encrypted: true });
    await page.ask("send_to_device", { ...message, encrypted: true });

    expect(heard.map(({ encryptedBy }) => encryptedBy)).toEqual([
      { deviceId: "PROVEN", isCrossSigned: true },
      undefined,
    ]);
  });

  test("is sent encrypted, and counts as sent unless the host says otherwise", async () => {
    await page.begin([...MODERN, VERSIONS.devices]);
    page.answer("send_to_device", () => ({ "io.conclave.unreachable": { "@bob:hs": ["GONE"] } }));
    const to = ["BOBDEV", "GONE"].map((deviceId) => ({ userId: "@bob:hs", deviceId }) as never);

    const outcomes = await port.sendEncryptedToDevice(KEYS, to, content);

    expect(outcomes.map(({ result }) => result)).toEqual(["sent", "unreachable"]);
    expect(page.requests("send_to_device")[0]?.data).toEqual({
      type: KEYS,
      encrypted: true,
      messages: { "@bob:hs": { BOBDEV: content, GONE: content } },
    });
  });
});

describe("an OpenID token", () => {
  const token = { access_token: "t", matrix_server_name: "hs", expires_in: 60, token_type: "Bearer" };

  test("comes when the person has agreed", async () => {
    page.answer("get_openid", () => ({ state: "request" }));
    const asking = port.requestOpenIdToken();
    const [request] = page.requests("get_openid");

    await page.ask("openid_credentials", { state: "allowed", original_request_id: "another", ...token });
    await page.ask("openid_credentials", {
      state: "allowed",
      original_request_id: request?.requestId,
      ...token,
      access_token: "mine",
    });

    expect(await asking).toEqual({ ...token, access_token: "mine" });
  });

  test("does not come when the person says no", async () => {
    page.answer("get_openid", () => ({ state: "blocked" }));

    await expect(port.requestOpenIdToken()).rejects.toMatchObject({ code: "forbidden" });
  });
});

describe("the homeserver", () => {
  test("is asked for its versions only, as nobody", async () => {
    await page.begin(MODERN);

    expect(await port.readFeatures()).toEqual({ delayedEvents: true, stickyEvents: true });
    expect(fetched).toEqual(["https://hs.example/_matrix/client/versions nobody"]);
  });

  test("that cannot be asked has what the host offers", async () => {
    await page.begin(MODERN);
    versions = undefined;

    const reading = port.readFeatures();
    await clock.advance(1000);

    expect(await reading).toEqual({ delayedEvents: true, stickyEvents: true });
  });

  test("without the endpoint knows no transports", async () => {
    await page.begin(MODERN);
    page.answer("org.matrix.msc4515.get_rtc_transports", () => refusal(404, { errcode: "M_UNRECOGNIZED" }) as never);

    expect(await port.readTransports()).toEqual([]);
  });
});

test("relations leave out what was redacted and what is of another type", async () => {
  await page.begin(MODERN);
  const hand = event("m.reaction", {});
  page.answer("org.matrix.msc3869.read_relations", () => ({
    chunk: [hand, event("m.reaction", {}, { unsigned: { redacted_because: {} } }), event("m.other", {}), "?"],
  }));

  const found = await port.readRelations(ROOM, {
    eventId: "$m" as EventId,
    relType: "m.annotation",
    type: "m.reaction",
  });

  expect(found.map(({ eventId }) => eventId)).toEqual([hand["event_id"]]);
});
