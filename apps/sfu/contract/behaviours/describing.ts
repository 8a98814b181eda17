import { RequestResponse_Reason, UpdateParticipantMetadata } from "@livekit/protocol";
import { expect } from "vitest";

import type { SignalClient } from "../../src/testing/SignalClient.ts";
import type { Chapter } from "../Behaviour.ts";

type Change = ConstructorParameters<typeof UpdateParticipantMetadata>[0];

function change(client: SignalClient, value: Change): void {
  client.send({ case: "updateMetadata", value: new UpdateParticipantMetadata(value) });
}

/** Name, metadata and attributes of participants. */
export const describing: Chapter = {
  subject: "name, metadata and attributes",
  behaviours: [
    {
      name: "changes a name and tells the others",
      run: async (stage) => {
        const [alice, bob] = [await stage.join("alice"), await stage.join("bob")];
        change(alice, { name: "Queen" });

        expect((await bob.sees("alice", ({ name }) => name === "Queen")).identity).toBe("alice");
      },
    },
    {
      name: "changes metadata and tells the others",
      run: async (stage) => {
        const [alice, bob] = [await stage.join("alice"), await stage.join("bob")];
        change(alice, { metadata: "new" });

        await bob.sees("alice", ({ metadata }) => metadata === "new");
      },
    },
    {
      name: "tells the client its own new state",
      run: async (stage) => {
        const alice = await stage.join("alice");
        change(alice, { metadata: "own", name: "Me" });

        await alice.sees("alice", ({ metadata, name }) => metadata === "own" && name === "Me");
      },
    },
    {
      name: "adds attributes to those that are there",
      run: async (stage) => {
        const alice = await stage.join("alice", { attributes: { a: "1" } });
        change(alice, { attributes: { b: "2" } });
        const { attributes } = await alice.sees("alice", (info) => info.attributes["b"] === "2");

        expect(attributes).toEqual({ a: "1", b: "2" });
      },
    },
    {
      name: "replaces an attribute",
      run: async (stage) => {
        const alice = await stage.join("alice", { attributes: { a: "1" } });
        change(alice, { attributes: { a: "2" } });

        await alice.sees("alice", (info) => info.attributes["a"] === "2");
      },
    },
    {
      name: "deletes an attribute that becomes empty",
      run: async (stage) => {
        const alice = await stage.join("alice", { attributes: { a: "1", b: "2" } });
        change(alice, { attributes: { a: "" } });
        const { attributes } = await alice.sees("alice", (info) => !info.attributes["a"]);

        expect(attributes).toEqual({ b: "2" });
      },
    },
    {
      name: "leaves what a change does not name as it is",
      run: async (stage) => {
        const alice = await stage.join("alice", { name: "Alice", metadata: "old" });
        change(alice, { attributes: { a: "1" } });

        expect(await alice.sees("alice", (info) => info.attributes["a"] === "1")).toMatchObject({
          name: "Alice",
          metadata: "old",
        });
      },
    },
    {
      name: "refuses changes without the permission, naming the request",
      run: async (stage) => {
        const alice = await stage.join("alice", { grant: { canUpdateOwnMetadata: false } });
        change(alice, { name: "Queen", requestId: 7 });
        const answer = await alice.next("requestResponse");

        expect([answer.requestId, answer.reason]).toEqual([7, RequestResponse_Reason.NOT_ALLOWED]);
      },
    },
    {
      name: "refuses metadata above its limit, naming the request",
      run: async (stage) => {
        const alice = await stage.join("alice");
        change(alice, { metadata: "x".repeat(512 * 1024 + 1), requestId: 8 });
        const answer = await alice.next("requestResponse");

        expect([answer.requestId, answer.reason]).toEqual([8, RequestResponse_Reason.LIMIT_EXCEEDED]);
      },
    },
    {
      name: "refuses attributes above its limit, naming the request",
      run: async (stage) => {
        const alice = await stage.join("alice");
        change(alice, { attributes: { a: "x".repeat(65_537 * 2) }, requestId: 9 });
        const answer = await alice.next("requestResponse");

        expect([answer.requestId, answer.reason]).toEqual([9, RequestResponse_Reason.LIMIT_EXCEEDED]);
      },
    },
    {
      name: "gives newcomers the present state",
      run: async (stage) => {
        const alice = await stage.join("alice");
        change(alice, { name: "Queen", attributes: { crown: "gold" } });
        await alice.sees("alice", ({ name }) => name === "Queen");
        const { otherParticipants } = await (await stage.join("bob")).next("join");

        expect(otherParticipants).toMatchObject([{ name: "Queen", attributes: { crown: "gold" } }]);
      },
    },
  ],
};
