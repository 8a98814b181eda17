import {
  DisconnectReason,
  LeaveRequest_Action,
  ParticipantInfo_State,
  UpdateParticipantMetadata,
} from "@livekit/protocol";
import { expect } from "vitest";

import type { SignalClient } from "../../src/testing/SignalClient.ts";
import type { Chapter } from "../Behaviour.ts";
import type { Stage } from "../Stage.ts";

async function sidOf(client: SignalClient): Promise<string> {
  return (await client.next("join")).participant?.sid ?? "";
}

function resume(stage: Stage, identity: string, sid: string): Promise<SignalClient> {
  return stage.join(identity, { query: `&reconnect=1&sid=${sid}&reconnect_reason=1` });
}

async function expectToStartAnew(client: SignalClient): Promise<void> {
  const leave = await client.next("leave");

  expect(leave.reason).toBe(DisconnectReason.STATE_MISMATCH);
  expect(leave.action).toBe(LeaveRequest_Action.RECONNECT);
}

/** Sessions that go on on another socket. */
export const resuming: Chapter = {
  subject: "resuming",
  behaviours: [
    {
      name: "resumes a session on a new socket, and says so first",
      run: async (stage) => {
        const alice = await stage.join("alice");
        const sid = await sidOf(alice);
        const again = await resume(stage, "alice", sid);
        const { serverInfo } = await again.next("reconnect");

        expect(again.messages[0]?.case).toBe("reconnect");
        expect(serverInfo?.version).toMatch(/^1\.13\./);
      },
    },
    {
      name: "closes the older socket of a session that is resumed",
      run: async (stage) => {
        const alice = await stage.join("alice");
        const again = await resume(stage, "alice", await sidOf(alice));
        await again.next("reconnect");

        await alice.closed();
      },
    },
    {
      name: "tells who resumes who is there, itself too",
      run: async (stage) => {
        await stage.join("bob");
        const alice = await stage.join("alice");
        const sid = await sidOf(alice);
        const again = await resume(stage, "alice", sid);

        await Promise.all([again.sees("bob", () => true), again.sees("alice", (info) => info.sid === sid)]);
      },
    },
    {
      name: "offers anew after a resume",
      run: async (stage) => {
        const alice = await stage.join("alice");
        const [sid, before] = [await sidOf(alice), await alice.next("offer")];
        const again = await resume(stage, "alice", sid);
        const offer = await again.next("offer");

        expect(offer.id).toBeGreaterThan(before.id);
      },
    },
    {
      name: "gives who resumes a fresh token",
      run: async (stage) => {
        const alice = await stage.join("alice");
        const sid = await sidOf(alice);

        await (await resume(stage, "alice", sid)).next("refreshToken");
      },
    },
    {
      name: "lets the others see nothing of a resume",
      run: async (stage) => {
        const bob = await stage.join("bob");
        const alice = await stage.join("alice");
        const sid = await sidOf(alice);
        await bob.sees("alice", () => true);
        const again = await resume(stage, "alice", sid);
        await again.next("reconnect");
        again.send({ case: "updateMetadata", value: new UpdateParticipantMetadata({ name: "back" }) });
        await bob.sees("alice", ({ name }) => name === "back");

        const states = bob.all("update").flatMap(({ participants }) => participants.map(({ state }) => state));
        expect(states).not.toContain(ParticipantInfo_State.DISCONNECTED);
      },
    },
    {
      name: "goes on serving requests after a resume",
      run: async (stage) => {
        const alice = await stage.join("alice");
        const sid = await sidOf(alice);
        const again = await resume(stage, "alice", sid);
        again.send({ case: "updateMetadata", value: new UpdateParticipantMetadata({ metadata: "on" }) });

        await again.sees("alice", ({ metadata }) => metadata === "on");
      },
    },
    {
      name: "tells who resumes what has changed meanwhile",
      run: async (stage) => {
        const bob = await stage.join("bob");
        const alice = await stage.join("alice");
        const sid = await sidOf(alice);
        bob.send({ case: "updateMetadata", value: new UpdateParticipantMetadata({ name: "Robert" }) });
        await bob.sees("bob", ({ name }) => name === "Robert");
        const again = await resume(stage, "alice", sid);

        await again.sees("bob", ({ name }) => name === "Robert");
      },
    },
    {
      name: "sends who resumes a session that it does not know into a new one",
      run: async (stage) => expectToStartAnew(await resume(stage, "alice", "PA_unknown00000")),
    },
    {
      name: "does not let a token take over the session of another identity",
      run: async (stage) => {
        const sid = await sidOf(await stage.join("alice"));

        await expectToStartAnew(await resume(stage, "mallory", sid));
      },
    },
    {
      name: "resumes a session twice",
      run: async (stage) => {
        const alice = await stage.join("alice");
        const sid = await sidOf(alice);
        const second = await resume(stage, "alice", sid);
        await second.next("reconnect");

        await (await resume(stage, "alice", sid)).next("reconnect");
      },
    },
  ],
};
