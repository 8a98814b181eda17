import { DisconnectReason, LeaveRequest_Action, ParticipantInfo_State, SimulateScenario } from "@livekit/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { connect } from "../testing/labActions.ts";
import { type MemoryLab, startMemoryLab } from "../testing/memoryLab.ts";
import type { SignalClient } from "../testing/SignalClient.ts";

let lab: MemoryLab;

beforeEach(async () => {
  lab = await startMemoryLab();
});

afterEach(() => lab.close());

function simulate(client: SignalClient, scenario: SimulateScenario["scenario"]): void {
  client.send({ case: "simulate", value: new SimulateScenario({ scenario }) });
}

async function gone(witness: SignalClient, identity: string): Promise<void> {
  await witness.sees(identity, ({ state }) => state === ParticipantInfo_State.DISCONNECTED);
}

describe("simulated scenarios", () => {
  it("show the client as a speaker for as long as it says", async () => {
    const alice = await connect(lab, "alice");

    simulate(alice, { case: "speakerUpdate", value: 3 });
    const loud = await alice.next("speakersChanged");
    await lab.clock.advance(3000);
    const silent = await alice.next("speakersChanged", ({ speakers }) => speakers[0]?.active === false);

    expect(loud.speakers[0]?.active).toBe(true);
    expect(silent.speakers[0]?.sid).toBe(loud.speakers[0]?.sid);
  });

  it("tell the client to start anew", async () => {
    const [bob, alice] = [await connect(lab, "bob"), await connect(lab, "alice")];

    simulate(alice, { case: "leaveRequestFullReconnect", value: true });

    expect(await alice.next("leave")).toMatchObject({ action: LeaveRequest_Action.RECONNECT });
    await gone(bob, "alice");
  });

  it("send the client away for good, as a server does that ends", async () => {
    const alice = await connect(lab, "alice");

    simulate(alice, { case: "serverLeave", value: true });

    expect(await alice.next("leave")).toMatchObject({
      reason: DisconnectReason.SERVER_SHUTDOWN,
      action: LeaveRequest_Action.DISCONNECT,
    });
  });

  it.each(["nodeFailure", "migration"] as const)("drop the client without a word: %s", async (name) => {
    const [bob, alice] = [await connect(lab, "bob"), await connect(lab, "alice")];

    simulate(alice, { case: name, value: true });
    await alice.closed();

    expect(alice.all("leave")).toEqual([]);
    await gone(bob, "alice");
  });

  it("touch nobody else", async () => {
    const [bob, alice] = [await connect(lab, "bob"), await connect(lab, "alice")];

    simulate(alice, { case: "speakerUpdate", value: 1 });
    simulate(alice, { case: "nodeFailure", value: true });
    await gone(bob, "alice");

    expect(bob.closeCode).toBeUndefined();
    expect(bob.all("speakersChanged")).toEqual([]);
  });
});
