import { expect } from "vitest";

import type { LabPage } from "../../src/testing/BrowserLab.ts";
import type { Chapter } from "../Behaviour.ts";

function hears(page: LabPage, identity: string): Promise<void> {
  return page.until(`(await lab.stats("${identity}", "microphone"))?.totalAudioEnergy > 0`);
}

function knows(page: LabPage, count: number): Promise<void> {
  return page.until(`lab.room.remoteParticipants.size === ${count}`);
}

const MICROPHONE = `lab.room.remoteParticipants.get("alice")?.getTrackPublication("microphone")`;

/** Sessions, permissions and data of livekit-client in Chromium. */
export const browserSessions: Chapter = {
  subject: "sessions of browsers",
  behaviours: [
    {
      name: "resumes a browser whose socket has dropped without a new session",
      run: async (stage) => {
        const [alice, bob] = [await stage.page("alice"), await stage.page("bob")];
        await bob.call("hum");
        await hears(alice, "bob");
        const before = await alice.call("sids");
        await alice.evaluate("lab.room.simulateScenario('signal-reconnect').then(() => null)");
        await alice.until(`lab.events.includes("reconnected")`);

        expect(await alice.call("sids")).toEqual(before);
        const { totalAudioEnergy } = await alice.call<{ totalAudioEnergy: number }>("stats", "bob", "microphone");
        await alice.until(`(await lab.stats("bob", "microphone"))?.totalAudioEnergy > ${totalAudioEnergy}`);
      },
    },
    {
      name: "takes a full reconnect of a browser",
      run: async (stage) => {
        const [alice, bob] = [await stage.page("alice"), await stage.page("bob")];
        await alice.call("hum");
        await hears(bob, "alice");
        const [before] = await alice.call<string[]>("sids");
        await alice.evaluate("lab.room.simulateScenario('full-reconnect').then(() => null)");
        await alice.until(`lab.events.includes("reconnected")`);

        expect((await alice.call<string[]>("sids"))[0]).not.toBe(before);
        await hears(bob, "alice");
      },
    },
    {
      name: "takes both connections of a browser through an ICE restart",
      run: async (stage) => {
        const [alice, bob] = [await stage.page("alice"), await stage.page("bob")];
        await Promise.all([alice.call("hum"), bob.call("hum")]);
        await Promise.all([hears(alice, "bob"), hears(bob, "alice")]);
        await alice.evaluate("lab.room.simulateScenario('resume-reconnect').then(() => null)");
        await alice.until(`lab.events.includes("reconnected")`);
        const { totalAudioEnergy } = await bob.call<{ totalAudioEnergy: number }>("stats", "alice", "microphone");

        await bob.until(`(await lab.stats("alice", "microphone"))?.totalAudioEnergy > ${totalAudioEnergy}`);
      },
    },
    {
      name: "lets a browser start anew when the server tells it to",
      run: async (stage) => {
        const alice = await stage.page("alice");
        const [before] = await alice.call<string[]>("sids");
        await alice.evaluate("lab.room.simulateScenario('leave-full-reconnect').then(() => null)");
        await alice.until(`lab.events.includes("reconnected")`);

        expect((await alice.call<string[]>("sids"))[0]).not.toBe(before);
      },
    },
    {
      name: "ends a browser whose server leaves, at the wish of a test",
      run: async (stage) => {
        const alice = await stage.page("alice");
        await alice.evaluate("lab.room.simulateScenario('server-leave').then(() => null)");

        await alice.until(`lab.events.includes("reconnected") || lab.state() === "disconnected"`);
      },
    },
    {
      name: "brings a browser back whose node has failed, at the wish of a test",
      run: async (stage) => {
        const alice = await stage.page("alice");
        await alice.evaluate("lab.room.simulateScenario('node-failure').then(() => null)");

        await alice.until(`lab.events.includes("reconnected")`);
      },
    },
    {
      name: "takes a browser through a migration, at the wish of a test",
      run: async (stage) => {
        const [alice, bob] = [await stage.page("alice"), await stage.page("bob")];
        await bob.call("hum");
        await hears(alice, "bob");
        await alice.evaluate("lab.room.simulateScenario('migration').then(() => null)");
        await alice.until(`lab.events.includes("reconnected")`);

        await hears(alice, "bob");
      },
    },
    {
      name: "shows speakers at the wish of a test",
      run: async (stage) => {
        const alice = await stage.page("alice");
        await alice.evaluate("lab.room.simulateScenario('speaker').then(() => null)");

        await alice.until(`lab.events.includes("activeSpeakersChanged")`);
      },
    },
    {
      name: "sends the older tab of an identity away",
      run: async (stage) => {
        const first = await stage.page("alice");
        await stage.page("alice");

        await first.until(`lab.state() === "disconnected"`);
        expect(await first.evaluate("lab.disconnectReason()")).toBe(2);
      },
    },
    {
      name: "tells a browser that an admin has removed it",
      run: async (stage) => {
        const alice = await stage.page("alice");
        await stage.api.removeParticipant(stage.room, "alice");

        await alice.until(`lab.state() === "disconnected"`);
        expect(await alice.evaluate("lab.disconnectReason()")).toBe(4);
      },
    },
    {
      name: "tells a browser that its room is deleted",
      run: async (stage) => {
        const alice = await stage.page("alice");
        await stage.api.deleteRoom(stage.room);

        await alice.until(`lab.state() === "disconnected"`);
        expect(await alice.evaluate("lab.disconnectReason()")).toBe(5);
      },
    },
    {
      name: "tells the others at once that a browser has left",
      run: async (stage) => {
        const [alice, bob] = [await stage.page("alice"), await stage.page("bob")];
        await knows(alice, 1);
        await bob.evaluate("lab.room.disconnect().then(() => null)");

        await knows(alice, 0);
      },
    },
    {
      name: "takes a track from those whom its publisher excludes, and says so",
      run: async (stage) => {
        const [alice, bob] = [await stage.page("alice"), await stage.page("bob")];
        await alice.call("hum");
        await hears(bob, "alice");
        await alice.evaluate("lab.room.localParticipant.setTrackSubscriptionPermissions(false, [])");

        await bob.until(`!${MICROPHONE}.track && ${MICROPHONE}.permissionStatus === "not_allowed"`);
      },
    },
    {
      name: "gives a track back when its publisher allows it again",
      run: async (stage) => {
        const [alice, bob] = [await stage.page("alice"), await stage.page("bob")];
        await alice.call("hum");
        await hears(bob, "alice");
        await alice.evaluate("lab.room.localParticipant.setTrackSubscriptionPermissions(false, [])");
        await bob.until(`!${MICROPHONE}.track`);
        await alice.evaluate("lab.room.localParticipant.setTrackSubscriptionPermissions(true, [])");

        await hears(bob, "alice");
      },
    },
    {
      name: "sends a track only to those whom its publisher names",
      run: async (stage) => {
        const alice = await stage.page("alice");
        const [bob, carol] = [await stage.page("bob"), await stage.page("carol")];
        await alice.evaluate(
          `lab.room.localParticipant.setTrackSubscriptionPermissions(false, [{ participantIdentity: "bob", allowAll: true }])`,
        );
        await alice.call("hum");
        await hears(bob, "alice");

        await carol.until(`${MICROPHONE}?.permissionStatus === "not_allowed"`);
        expect(await carol.evaluate(`!!${MICROPHONE}.track`)).toBe(false);
      },
    },
    {
      name: "changes attributes of a browser and tells it that it is done",
      run: async (stage) => {
        const [alice, bob] = [await stage.page("alice"), await stage.page("bob")];
        await knows(bob, 1);
        await alice.evaluate(`lab.room.localParticipant.setAttributes({ hand: "up" }).then(() => null)`);

        await bob.until(`lab.room.remoteParticipants.get("alice").attributes.hand === "up"`);
      },
    },
    {
      name: "refuses a browser's new name without the permission",
      run: async (stage) => {
        const alice = await stage.page("alice", { grant: { canUpdateOwnMetadata: false } });

        await expect(alice.evaluate(`lab.room.localParticipant.setName("Queen").then(() => null)`)).rejects.toThrow(
          "SignalRequestError",
        );
        expect(await alice.evaluate("lab.room.localParticipant.name")).not.toBe("Queen");
      },
    },
    {
      name: "refuses a browser's microphone without the permission",
      run: async (stage) => {
        const alice = await stage.page("alice", { grant: { canPublish: false } });

        await expect(
          alice.evaluate("lab.room.localParticipant.setMicrophoneEnabled(true).then(() => null)"),
        ).rejects.toThrow(/permission/i);
      },
    },
    {
      name: "carries data between browsers and native clients",
      run: async (stage) => {
        const page = await stage.page("alice");
        const bot = await stage.bot("bob");
        await Promise.all([knows(page, 1), bot.meets("alice")]);
        await page.call("send", "from the browser", true);
        await bot.hears("from the browser");
        await bot.say("from the bot", { topic: "chat" });

        await page.until(`lab.received.some(({ text }) => text === "from the bot")`);
      },
    },
    {
      name: "carries streams and calls between browsers and native clients",
      run: async (stage) => {
        const page = await stage.page("alice");
        const bot = await stage.bot("bob");
        await Promise.all([knows(page, 1), bot.meets("alice")]);
        bot.self.registerRpcMethod("greet", async ({ callerIdentity }) => `hello ${callerIdentity}`);

        const call = `lab.room.localParticipant.performRpc({ destinationIdentity: "bob", method: "greet", payload: "" })`;
        expect(await page.evaluate(call)).toBe("hello alice");
        const read = new Promise<string>((resolve) => {
          bot.room.registerTextStreamHandler("notes", (reader) => void reader.readAll().then(resolve));
        });
        await page.evaluate(`lab.room.localParticipant.sendText("a note", { topic: "notes" }).then(() => null)`);
        expect(await read).toBe("a note");
      },
    },
    {
      name: "tells browsers who speaks",
      run: async (stage) => {
        const [alice, bob] = [await stage.page("alice"), await stage.page("bob")];
        await bob.call("hum");

        await Promise.all([alice.until(`lab.hasSpoken("bob")`), bob.until(`lab.hasSpoken("bob")`)]);
      },
    },
    {
      name: "tells browsers how good their own connection is",
      run: async (stage) => {
        const alice = await stage.page("alice");
        await alice.call("hum");

        await alice.until(`lab.room.localParticipant.connectionQuality !== "unknown"`);
        expect(["good", "excellent"]).toContain(await alice.evaluate("lab.room.localParticipant.connectionQuality"));
      },
    },
    {
      name: "tells browsers of changed room metadata",
      run: async (stage) => {
        const alice = await stage.page("alice");
        await stage.api.updateRoomMetadata(stage.room, "agenda");

        await alice.until(`lab.room.metadata === "agenda"`);
      },
    },
  ],
};
