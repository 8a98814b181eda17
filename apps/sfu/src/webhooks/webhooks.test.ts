import { silentLogger } from "@conclave/kit";
import { DisconnectReason, LeaveRequest, WebhookEvent as SentEvent } from "@livekit/protocol";
import { type WebhookEvent, WebhookReceiver } from "livekit-server-sdk";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { CAMERA, connect, publish, PATIENCE } from "../testing/labActions.ts";
import { type MemoryLab, startMemoryLab } from "../testing/memoryLab.ts";
import { API_KEYS } from "../testing/serveSfu.ts";
import { MAX_WAITING_EVENTS, WebhookSender } from "./WebhookSender.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

type Answer = (event: WebhookEvent, request: Request) => Promise<number> | number;

const receiver = new WebhookReceiver("devkey", API_KEYS["devkey"] ?? "");
const webhook = { apiKey: "devkey", urls: ["http://receiver/hook"] };
/** Short: the receiver has a clock of its own, which does not take tokens of a time that is far off. */
const room = { departureTimeoutMs: 1000 };

let lab: MemoryLab;
let received: WebhookEvent[];
let answer: Answer;

async function receive(request: Request): Promise<Response> {
  expect(request.headers.get("content-type")).toBe("application/webhook+json");
  const event = await receiver.receive(await request.clone().text(), request.headers.get("authorization") ?? "");
  const status = await answer(event, request);
  if (status < 300) received.push(event);
  return new Response(null, { status });
}

beforeEach(async () => {
  received = [];
  answer = () => 200;
  lab = await startMemoryLab(true, { webhook, room }, { sendWebhook: receive });
});

afterEach(() => lab.close());

/** An answer that waits until the test gives it. */
function hold(): { readonly promise: Promise<number>; resolve(status: number): void } {
  const settled = new EventTarget();
  const promise = new Promise<number>((resolve) => {
    settled.addEventListener("settled", (event) => resolve((event as CustomEvent<number>).detail));
  });
  return { promise, resolve: (status) => settled.dispatchEvent(new CustomEvent("settled", { detail: status })) };
}

const names = (): string[] => received.map(({ event }) => event);

/** Waits until that many attempts have failed, and the next one is a matter of time only. */
async function untilFailed(count: number): Promise<void> {
  await expect.poll(failedAttempts, PATIENCE).toBe(count);
}

function failedAttempts(): number {
  return lab.logged().split("webhook not delivered").length - 1;
}

async function untilReceived(count: number): Promise<string[]> {
  await expect.poll(names, PATIENCE).toHaveLength(count);
  return names();
}

describe("webhooks", () => {
  it("tell in order what happens in a room, signed as LiveKit signs", async () => {
    const alice = await connect(lab, "alice");
    const [sid = ""] = await publish(alice, [CAMERA]);
    await untilReceived(3);
    alice.send({ case: "leave", value: new LeaveRequest({ reason: DisconnectReason.CLIENT_INITIATED }) });
    await untilReceived(5);
    await lab.clock.advance(1000);

    const events = ["room_started", "participant_joined", "track_published", "track_unpublished", "participant_left"];
    expect(await untilReceived(6)).toEqual([...events, "room_finished"]);
    expect(new Set(received.map(({ id }) => id)).size).toBe(6);
    expect(new Set(received.map(({ room }) => room?.sid)).size).toBe(1);
    expect(received[2]).toMatchObject({ participant: { identity: "alice" }, track: { sid } });
    expect(received[4]?.participant).toMatchObject({
      identity: "alice",
      disconnectReason: DisconnectReason.CLIENT_INITIATED,
    });
    expect(received[4]?.participant?.sid).toMatch(/^PA_/);
  });

  it("say of somebody whose connection never came up that it was given up", async () => {
    const alice = await lab.join("alice");
    await alice.next("join");
    alice.send({ case: "leave", value: new LeaveRequest() });

    expect(await untilReceived(2)).toEqual(["room_started", "participant_connection_aborted"]);
  });

  it("tell of an older session of the same person why it went, before the newer one", async () => {
    await connect(lab, "alice");
    await connect(lab, "alice");

    expect(await untilReceived(4)).toEqual([
      "room_started",
      "participant_joined",
      "participant_left",
      "participant_joined",
    ]);
    expect(received[2]?.participant?.disconnectReason).toBe(DisconnectReason.DUPLICATE_IDENTITY);
    expect(received[2]?.participant?.sid).toBe(received[1]?.participant?.sid);
  });

  it("come again after a failure, later each time, and keep their order", async () => {
    let failures = 2;
    answer = () => (failures-- > 0 ? 500 : 200);
    const alice = await lab.join("alice");
    await alice.next("join");
    alice.send({ case: "leave", value: new LeaveRequest() });
    await untilFailed(1);
    await lab.clock.advance(499);
    expect(failures).toBe(1);
    await lab.clock.advance(1);
    await untilFailed(2);
    expect(names()).toEqual([]);
    await lab.clock.advance(1000);

    expect(await untilReceived(3)).toEqual(["room_started", "participant_connection_aborted", "room_finished"]);
  });

  it("are given up after five attempts, or at once where the receiver does not want them", async () => {
    const attempts: string[] = [];
    answer = ({ event, id }) => {
      attempts.push(`${event} ${id}`);
      return event === "room_started" ? 503 : 400;
    };
    const alice = await lab.join("alice");
    await alice.next("join");
    alice.send({ case: "leave", value: new LeaveRequest() });
    for (const [count, waitMs] of [500, 1000, 2000, 4000].entries()) {
      await untilFailed(count + 1);
      await lab.clock.advance(waitMs);
    }

    // Five for the start of the room, one each for the participant and the end of the room.
    await untilFailed(7);
    expect(new Set(attempts).size).toBe(3);
    expect(lab.logged()).toContain("webhook given up");
  });

  it("of one room do not wait for those of another", async () => {
    const held = hold();
    answer = ({ room }) => (room?.name === "slow" ? held.promise : 200);
    await lab.createRoom("slow");
    await lab.createRoom("quick");

    await expect.poll(() => received.map(({ room }) => room?.name), PATIENCE).toEqual(["quick"]);
    held.resolve(200);
    await expect.poll(() => received.map(({ room }) => room?.name), PATIENCE).toEqual(["quick", "slow"]);
  });

  it("give up on a receiver that never answers", async () => {
    let attempts = 0;
    answer = (_event, { signal }) => {
      attempts += 1;
      return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(new Error("aborted"))));
    };
    await lab.createRoom("lobby");
    await expect.poll(() => attempts, PATIENCE).toBe(1);

    await lab.clock.advance(5000);
    await untilFailed(1);
    expect(attempts).toBe(1);
    answer = () => 200;
    await lab.clock.advance(500);

    await untilReceived(1);
  });

  it("are bounded, and the next one tells how many were dropped", async () => {
    const held = hold();
    const dropped: number[] = [];
    const send = async (request: Request): Promise<Response> => {
      dropped.push(((await request.json()) as { numDropped?: number }).numDropped ?? 0);
      return new Response(null, { status: await held.promise });
    };
    const outcomes: string[] = [];
    const deps = { clock: lab.clock, logger: silentLogger, secret: API_KEYS["devkey"] ?? "", send };
    const sender = new WebhookSender(deps, webhook, (outcome) => outcomes.push(outcome));
    const event = new SentEvent({ event: "room_started", room: { sid: "RM_1" } });
    for (let index = 0; index < MAX_WAITING_EVENTS + 3; index += 1) sender.queue(event);

    held.resolve(200);
    await expect.poll(() => outcomes.length, PATIENCE).toBe(MAX_WAITING_EVENTS + 3);
    sender.queue(event);
    await expect.poll(() => outcomes.length, PATIENCE).toBe(MAX_WAITING_EVENTS + 4);

    expect(outcomes.filter((outcome) => outcome === "dropped")).toHaveLength(3);
    expect(dropped).toHaveLength(MAX_WAITING_EVENTS + 1);
    expect(dropped.at(-1)).toBe(3);
  });

  it("tell of the end when the SFU ends", async () => {
    await connect(lab, "alice");

    await lab.close();

    expect(names()).toEqual(["room_started", "participant_joined", "participant_left", "room_finished"]);
    expect(received[2]?.participant?.disconnectReason).toBe(DisconnectReason.SERVER_SHUTDOWN);
  });

  it("need a key that is known", async () => {
    const start = startMemoryLab(true, { webhook: { ...webhook, apiKey: "stranger" } });

    await expect(start).rejects.toMatchObject({ code: "config_invalid" });
  });
});
