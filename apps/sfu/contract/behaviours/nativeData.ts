import { DataPacketKind, RpcError, SimulateScenarioKind } from "@livekit/rtc-node";
import { DataPacket_Kind } from "livekit-server-sdk";
import { expect } from "vitest";

import type { Chapter } from "../Behaviour.ts";
import { type Bot, until } from "../Bot.ts";
import type { Stage } from "../Stage.ts";

async function three(stage: Stage): Promise<readonly [Bot, Bot, Bot]> {
  const bots = [await stage.bot("alice"), await stage.bot("bob"), await stage.bot("carol")] as const;
  await Promise.all(bots.map((bot) => until(() => bot.room.remoteParticipants.size === 2, "all are there")));
  return bots;
}

function textsOf(bot: Bot): string[] {
  return bot.data.map(({ text }) => text);
}

/** A lossy packet may be lost, so it is said until it is heard. */
async function sayUntilHeard(speaker: Bot, listener: Bot, options: Parameters<Bot["say"]>[1]): Promise<void> {
  await until(async () => {
    await speaker.say("perhaps", options);
    return textsOf(listener).includes("perhaps");
  }, "a lossy packet comes");
}

/** Messages between clients. */
export const nativeData: Chapter = {
  subject: "data between native clients",
  behaviours: [
    {
      name: "carries reliable data to everybody else",
      run: async (stage) => {
        const [alice, bob, carol] = await three(stage);
        await alice.say("hello", { topic: "chat" });

        expect(await bob.hears("hello")).toMatchObject({
          from: "alice",
          topic: "chat",
          kind: DataPacketKind.KIND_RELIABLE,
        });
        expect(await carol.hears("hello")).toMatchObject({ from: "alice" });
      },
    },
    {
      name: "does not send data back to its sender",
      run: async (stage) => {
        const [alice, bob] = await three(stage);
        await alice.say("mine");
        await bob.hears("mine");
        await bob.say("yours");
        await alice.hears("yours");

        expect(textsOf(alice)).toEqual(["yours"]);
      },
    },
    {
      name: "carries lossy data, as lossy",
      run: async (stage) => {
        const [alice, bob] = await three(stage);
        await sayUntilHeard(alice, bob, { reliable: false });

        expect(bob.data[0]).toMatchObject({ text: "perhaps", from: "alice", kind: DataPacketKind.KIND_LOSSY });
      },
    },
    {
      name: "carries reliable data in order, each packet once",
      run: async (stage) => {
        const [alice, bob] = await three(stage);
        const sent = Array.from({ length: 100 }, (_, index) => String(index));
        for (const text of sent) await alice.say(text);
        await bob.hears("99");

        expect(textsOf(bob)).toEqual(sent);
      },
    },
    {
      name: "carries data to those whom it names only",
      run: async (stage) => {
        const [alice, bob, carol] = await three(stage);
        await alice.say("secret", { destination_identities: ["bob"] });
        await bob.hears("secret");
        await alice.say("public");
        await carol.hears("public");

        expect(textsOf(carol)).toEqual(["public"]);
      },
    },
    {
      name: "carries lossy data to those whom it names only",
      run: async (stage) => {
        const [alice, bob, carol] = await three(stage);
        await sayUntilHeard(alice, bob, { reliable: false, destination_identities: ["bob"] });
        await alice.say("public");
        await carol.hears("public");

        expect(textsOf(carol)).toEqual(["public"]);
      },
    },
    {
      name: "carries data for nobody who is there to nobody",
      run: async (stage) => {
        const [alice, bob] = await three(stage);
        await alice.say("lost", { destination_identities: ["nobody"] });
        await alice.say("found");
        await bob.hears("found");

        expect(textsOf(bob)).toEqual(["found"]);
      },
    },
    {
      name: "carries data before anything is published",
      run: async (stage) => {
        const [alice, bob] = [await stage.bot("alice"), await stage.bot("bob")];
        await alice.meets("bob");
        await bob.say("first");

        await alice.hears("first");
      },
    },
    {
      name: "carries packets of 60,000 bytes",
      run: async (stage) => {
        const [alice, bob] = await three(stage);
        const text = "x".repeat(60_000);
        await alice.say(text);

        await bob.hears(text);
      },
    },
    {
      name: "drops data of who may not send any",
      run: async (stage) => {
        const mute = await stage.bot("mute", { grant: { canPublishData: false } });
        const [alice, bob] = [await stage.bot("alice"), await stage.bot("bob")];
        await Promise.all([bob.meets("mute"), bob.meets("alice")]);
        await mute.say("not allowed").catch(() => {});
        await alice.say("allowed");
        await bob.hears("allowed");

        expect(textsOf(bob)).toEqual(["allowed"]);
      },
    },
    {
      name: "carries data of a server to everybody",
      run: async (stage) => {
        const [alice, bob] = await three(stage);
        await stage.api.sendData(stage.room, Buffer.from("news"), DataPacket_Kind.RELIABLE, { topic: "server" });

        expect(await alice.hears("news")).toMatchObject({ from: undefined, topic: "server" });
        await bob.hears("news");
      },
    },
    {
      name: "carries data of a server to those whom it names only",
      run: async (stage) => {
        const [alice, bob] = await three(stage);
        await stage.api.sendData(stage.room, Buffer.from("for bob"), DataPacket_Kind.RELIABLE, {
          destinationIdentities: ["bob"],
        });
        await bob.hears("for bob");
        await bob.say("all");
        await alice.hears("all");

        expect(textsOf(alice)).toEqual(["all"]);
      },
    },
    {
      name: "carries streams of text",
      run: async (stage) => {
        const [alice, bob] = await three(stage);
        const read = new Promise<string>((resolve) => {
          bob.room.registerTextStreamHandler("notes", (reader, { identity }) => {
            void reader.readAll().then((text) => resolve(`${identity}: ${text}`));
          });
        });
        const text = "long ".repeat(10_000);
        await alice.self.sendText(text, { topic: "notes" });

        expect(await read).toBe(`alice: ${text}`);
      },
    },
    {
      name: "carries streams of text to those whom they name only",
      run: async (stage) => {
        const [alice, bob, carol] = await three(stage);
        const got: string[] = [];
        for (const bot of [bob, carol]) {
          bot.room.registerTextStreamHandler("notes", (reader) => {
            void reader.readAll().then((text) => got.push(`${bot.self.identity}: ${text}`));
          });
        }
        await alice.self.sendText("psst", { topic: "notes", destinationIdentities: ["bob"] });
        await alice.self.sendText("all", { topic: "notes" });
        await until(() => got.length === 3, "three texts come");

        expect(got.toSorted()).toEqual(["bob: all", "bob: psst", "carol: all"]);
      },
    },
    {
      name: "carries streams of bytes",
      run: async (stage) => {
        const [alice, bob] = await three(stage);
        const names = new Set<string>();
        const read = new Promise<Uint8Array[]>((resolve) => {
          bob.room.registerByteStreamHandler("files", (reader) => {
            names.add(reader.info.name);
            resolve(reader.readAll());
          });
        });
        const writer = await alice.self.streamBytes({ topic: "files", name: "a.bin", totalSize: 100_000 });
        for (let part = 0; part < 10; part += 1) await writer.write(new Uint8Array(10_000).fill(part));
        await writer.close();

        expect((await read).reduce((sum, chunk) => sum + chunk.byteLength, 0)).toBe(100_000);
        expect(names).toEqual(new Set(["a.bin"]));
      },
    },
    {
      name: "carries calls of a method and their results",
      run: async (stage) => {
        const [alice, bob] = await three(stage);
        bob.self.registerRpcMethod(
          "double",
          async ({ payload, callerIdentity }) => `${callerIdentity} ${payload} ${payload}`,
        );
        const call = { destinationIdentity: "bob", method: "double", payload: "x" };

        expect(await alice.self.performRpc(call)).toBe("alice x x");
      },
    },
    {
      name: "carries back that a method is not there",
      run: async (stage) => {
        const [alice] = await three(stage);
        const call = { destinationIdentity: "bob", method: "missing", payload: "" };

        await expect(alice.self.performRpc(call)).rejects.toMatchObject({ code: 1400 });
      },
    },
    {
      name: "carries back what a method has failed with",
      run: async (stage) => {
        const [alice, bob] = await three(stage);
        bob.self.registerRpcMethod("fail", () => Promise.reject(new RpcError(42, "no", "why")));
        const call = { destinationIdentity: "bob", method: "fail", payload: "" };

        await expect(alice.self.performRpc(call)).rejects.toMatchObject({ code: 42, message: "no" });
      },
    },
    {
      name: "tells the others of changed attributes, metadata and names",
      run: async (stage) => {
        const [alice, bob] = await three(stage);
        await alice.self.setAttributes({ hand: "up" });
        await alice.self.updateMetadata("meta");
        await alice.self.updateName("Queen");

        await bob.meets("alice", (peer) => peer.attributes["hand"] === "up");
        await bob.meets("alice", ({ metadata, name }) => metadata === "meta" && name === "Queen");
      },
    },
    {
      name: "shows everybody to everybody",
      run: async (stage) => {
        const bots = await three(stage);

        expect(bots.map((bot) => [...bot.room.remoteParticipants.keys()].toSorted())).toEqual([
          ["bob", "carol"],
          ["alice", "carol"],
          ["alice", "bob"],
        ]);
      },
    },
    {
      name: "goes on carrying data after a resume, without loss or doubles",
      run: async (stage) => {
        const [alice, bob] = await three(stage);
        await alice.say("0");
        await bob.hears("0");
        await alice.room.simulateScenario(SimulateScenarioKind.SIMULATE_SIGNAL_RECONNECT);
        for (let index = 1; index < 20; index += 1) await alice.say(String(index));
        await bob.hears("19");

        expect(textsOf(bob)).toEqual(Array.from({ length: 20 }, (_, index) => String(index)));
      },
    },
    {
      name: "keeps sound flowing to who resumes",
      run: async (stage) => {
        const [alice, bob] = [await stage.bot("alice"), await stage.bot("bob")];
        await bob.publishTone();
        await alice.receives("bob");
        await alice.room.simulateScenario(SimulateScenarioKind.SIMULATE_SIGNAL_RECONNECT);
        await until(() => alice.events.includes("reconnected"), "alice is back");

        await alice.receives("bob", 10);
        expect(alice.events).not.toContain("trackUnsubscribed");
      },
    },
    {
      name: "takes a full reconnect and gives back what was published",
      run: async (stage) => {
        const [alice, bob] = [await stage.bot("alice"), await stage.bot("bob")];
        await alice.publishTone();
        await bob.receives("alice");
        const before = alice.self.sid;
        await alice.room.simulateScenario(SimulateScenarioKind.SIMULATE_FULL_RECONNECT);
        await until(() => alice.events.includes("reconnected"), "alice is back");

        await bob.meets("alice", ({ sid }) => sid !== before);
        await bob.receives("alice", 10);
      },
    },
  ],
};
