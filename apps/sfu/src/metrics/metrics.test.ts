import { LeaveRequest } from "@livekit/protocol";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { answerOffer, CAMERA, connect, MICROPHONE, publish, PATIENCE } from "../testing/labActions.ts";
import { type MemoryLab, startMemoryLab } from "../testing/memoryLab.ts";
import { apiClient } from "../testing/serveSfu.ts";
import { Counts } from "./Counts.ts";
import { writeExposition } from "./exposition.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let lab: MemoryLab;

beforeEach(async () => {
  lab = await startMemoryLab();
});

afterEach(() => lab.close());

/** The numbers of the page, by name and labels without those that all have. */
async function numbers(): Promise<Record<string, number>> {
  const page = await (await lab.metrics()).text();
  const lines = page.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  const pairs = lines.map((line) => {
    const [, name = "", labels = "", value = ""] = /^(\w+)\{([^}]*)\} (\S+)$/.exec(line) ?? [];
    const own = labels.split(",").filter((label) => !label.startsWith("node_"));
    return [own.length > 0 ? `${name}{${own.join(",")}}` : name, Number(value)] as const;
  });
  return Object.fromEntries(pairs);
}

describe("metrics", () => {
  it("agree with who is there and what is sent, and go back when they leave", async () => {
    const alice = await connect(lab, "alice");
    const bob = await connect(lab, "bob");
    const [sid = ""] = await publish(alice, [CAMERA, MICROPHONE]);
    await answerOffer(lab, bob, ({ sdp }) => sdp.includes(sid));

    await expect.poll(numbers, PATIENCE).toMatchObject({
      livekit_room_total: 1,
      livekit_participant_total: 2,
      'livekit_track_published_total{kind="AUDIO"}': 1,
      'livekit_track_published_total{kind="VIDEO"}': 1,
      'livekit_track_subscribed_total{kind="AUDIO"}': 1,
      'livekit_track_subscribed_total{kind="VIDEO"}': 1,
      'livekit_participant_join_total{state="signal_connected"}': 2,
      'livekit_participant_join_total{state="rtc_connected"}': 2,
      'livekit_track_publish_counter{kind="VIDEO",state="success"}': 1,
      conclave_media_up: 1,
    });
    alice.send({ case: "leave", value: new LeaveRequest() });

    await expect.poll(numbers, PATIENCE).toMatchObject({
      livekit_participant_total: 1,
      'livekit_track_published_total{kind="VIDEO"}': 0,
      'livekit_track_subscribed_total{kind="VIDEO"}': 0,
      'livekit_participant_join_total{state="signal_connected"}': 2,
    });
  });

  it("count refused joins and calls of the server API", async () => {
    const api = apiClient(lab.served.httpUrl);
    await api.listRooms();
    await api.deleteRoom("none").catch(() => undefined);
    await fetch(`${lab.served.httpUrl}/twirp/livekit.RoomService/Marked`, { method: "POST" });
    await lab.join("alice", { secret: "x".repeat(32) }).catch(() => undefined);

    expect(await numbers()).toMatchObject({
      'livekit_twirp_request_status_total{service="RoomService",method="ListRooms",status="200",code=""}': 1,
      'livekit_twirp_request_status_total{service="RoomService",method="DeleteRoom",status="4xx",code="not_found"}': 1,
      'livekit_twirp_request_status_total{service="",method="",status="4xx",code="bad_route"}': 1,
      'livekit_participant_join_total{state="signal_failed"}': 1,
    });
  });

  it("name nobody and are no part of what clients reach", async () => {
    await connect(lab, "@marked:user", { room: "marked-room", name: "Marked" });

    expect(await (await lab.metrics()).text()).not.toContain("arked");
    expect((await fetch(`${lab.served.httpUrl}/metrics`)).status).toBe(404);
  });

  it("are written so that no label can break a line", () => {
    const samples = [{ labels: { a: 'x"y\\z\n' }, value: 1 }];
    const page = writeExposition([{ name: "n", type: "gauge", help: "h", samples }], { node: "ND" });

    expect(page).toBe('# HELP n h\n# TYPE n gauge\nn{node="ND",a="x\\"y\\\\z\\n"} 1\n');
  });

  it("keep no more combinations of labels than their bound", () => {
    const counts = new Counts();
    for (let index = 0; index < 1000; index += 1) counts.add({ name: `n${index}` });
    counts.add({ name: "n0" });

    expect(counts.samples).toHaveLength(500);
    expect(counts.samples[0]?.value).toBe(2);
  });
});

function ask(path: string): Promise<Response> {
  return fetch(`${lab.served.httpUrl}${path}`);
}

describe("health", () => {
  it("is good while media answers", async () => {
    expect((await ask("/healthz")).status).toBe(200);
    expect(await (await ask("/")).text()).toBe("OK");
  });

  it("is bad when media does not answer", async () => {
    lab.plane.usage = () => Promise.reject(new Error("gone"));
    expect((await ask("/healthz")).status).toBe(503);
    lab.plane.usage = () => new Promise(() => {});

    let status = 0;
    const late = ask("/healthz").then((response) => (status = response.status));

    await expect.poll(() => lab.clock.advance(2000).then(() => status), PATIENCE).toBe(503);
    await late;
  });
});
