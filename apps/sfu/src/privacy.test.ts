import { LeaveRequest, UpdateParticipantMetadata } from "@livekit/protocol";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { CAMERA, connect, publish } from "./testing/labActions.ts";
import { type MemoryLab, startMemoryLab } from "./testing/memoryLab.ts";
import { API_KEYS, apiClient } from "./testing/serveSfu.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let lab: MemoryLab;

async function refuseWebhook(): Promise<Response> {
  return new Response("marked-refusal", { status: 400 });
}

beforeEach(async () => {
  const webhook = { apiKey: "devkey", urls: ["http://marked-receiver/"] };
  lab = await startMemoryLab(true, { webhook }, { sendWebhook: refuseWebhook });
});

afterEach(() => lab.close());

describe("the log of a whole call", () => {
  it("names no room, person or device, and holds no token or secret", async () => {
    const room = "!marked-room:example.org";
    const identity = "@marked-user:example.org:MARKEDDEVICE";
    const api = apiClient(lab.served.httpUrl);
    await api.createRoom({ name: room, metadata: "marked-topic" });
    const alice = await connect(lab, identity, { room, name: "Marked Name", attributes: { seat: "marked-seat" } });
    const [sid = ""] = await publish(alice, [CAMERA]);
    alice.send({ case: "updateMetadata", value: new UpdateParticipantMetadata({ metadata: "marked", requestId: 1 }) });
    await alice.next("requestResponse");
    await api.getParticipant(room, identity);
    await api.mutePublishedTrack(room, identity, sid, true);
    await lab.join(identity, { room, secret: "marked-secret".padEnd(32, "x") }).catch(() => undefined);
    await connect(lab, identity, { room });
    alice.send({ case: "leave", value: new LeaveRequest() });
    await api.deleteRoom(room);
    await lab.close();

    const log = lab.logged();

    const steps = ["room opened", "participant joined", "participant left", "join refused", "API call"];
    for (const what of [...steps, "webhook given up"]) {
      expect(log).toContain(what);
    }
    expect(log).not.toMatch(/marked|example\.org|eyJ/i);
    expect(log).not.toContain(API_KEYS["devkey"]);
  });
});
