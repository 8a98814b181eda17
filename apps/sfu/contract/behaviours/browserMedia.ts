import { expect } from "vitest";

import type { LabPage } from "../../src/testing/BrowserLab.ts";
import type { Chapter } from "../Behaviour.ts";

const SMALL_CAMERA = { videoCaptureDefaults: { resolution: { width: 640, height: 360, frameRate: 15 } } };

function decodes(page: LabPage, identity: string, source = "camera", frames = 5): Promise<void> {
  return page.until(`(await lab.stats("${identity}", "${source}"))?.framesDecoded > ${frames}`);
}

function hears(page: LabPage, identity: string): Promise<void> {
  return page.until(`(await lab.stats("${identity}", "microphone"))?.totalAudioEnergy > 0`);
}

async function framesOf(page: LabPage, identity: string, source = "camera"): Promise<number> {
  return (await page.call<{ framesDecoded: number }>("stats", identity, source)).framesDecoded;
}

function publishCamera(page: LabPage, options: object = {}): Promise<unknown> {
  return page.evaluate(
    `lab.room.localParticipant.setCameraEnabled(true, { resolution: { width: 640, height: 360, frameRate: 15 } }, ${JSON.stringify(options)}).then(() => null)`,
  );
}

function publication(identity: string, source = "camera"): string {
  return `lab.room.remoteParticipants.get("${identity}")?.getTrackPublication("${source}")`;
}

/** Media of livekit-client in Chromium. */
export const browserMedia: Chapter = {
  subject: "media of browsers",
  behaviours: [
    {
      name: "carries camera and microphone of browsers with their default options",
      run: async (stage) => {
        const alice = await stage.page("alice", { publish: true });
        const bob = await stage.page("bob");

        await Promise.all([decodes(bob, "alice"), hears(bob, "alice")]);
        expect(await bob.call("stats", "alice", "camera")).toMatchObject({ mimeType: "video/VP8" });
        expect(await alice.call("state")).toBe("connected");
      },
    },
    {
      name: "connects browsers that ask for two peer connections",
      run: async (stage) => {
        const alice = await stage.page("alice", { options: { singlePeerConnection: false } });

        expect(await alice.evaluate("lab.room.engine.pcManager.mode")).toBe("subscriber-primary");
      },
    },
    {
      name: "carries pictures between browsers and native clients",
      run: async (stage) => {
        const page = await stage.page("alice");
        await publishCamera(page);
        const bot = await stage.bot("bob");
        await bot.publishTone();

        await Promise.all([bot.receives("alice", 5), hears(page, "bob")]);
      },
    },
    {
      name: "tells the others of muting and unmuting",
      run: async (stage) => {
        const [alice, bob] = [await stage.page("alice", { publish: true }), await stage.page("bob")];
        await decodes(bob, "alice");
        await alice.evaluate("lab.room.localParticipant.setCameraEnabled(false).then(() => null)");
        await bob.until(`lab.isMuted("alice", "camera")`);
        const frozenAt = await framesOf(bob, "alice");
        await alice.evaluate("lab.room.localParticipant.setCameraEnabled(true).then(() => null)");
        await bob.until(`!lab.isMuted("alice", "camera")`);

        await decodes(bob, "alice", "camera", frozenAt + 5);
      },
    },
    {
      name: "mutes a browser's microphone on behalf of an admin, and the browser sees it",
      run: async (stage) => {
        const alice = await stage.page("alice");
        await alice.call("hum");
        await alice.until(`lab.room.localParticipant.getTrackPublication("microphone")?.trackSid`);
        const sid = await alice.evaluate<string>(
          `lab.room.localParticipant.getTrackPublication("microphone").trackSid`,
        );
        const bob = await stage.page("bob");
        await hears(bob, "alice");
        await stage.api.mutePublishedTrack(stage.room, "alice", sid, true);

        await alice.until(`lab.room.localParticipant.getTrackPublication("microphone").isMuted`);
        await bob.until(`lab.isMuted("alice", "microphone")`);
      },
    },
    {
      name: "carries a screen beside a camera and takes it away again",
      run: async (stage) => {
        const [alice, bob] = [await stage.page("alice"), await stage.page("bob")];
        await publishCamera(alice);
        await alice.call("shareCanvas");
        await Promise.all([decodes(bob, "alice", "screen_share"), decodes(bob, "alice")]);
        await alice.evaluate(
          "lab.room.localParticipant.unpublishTrack(lab.room.localParticipant.getTrackPublication('screen_share').track).then(() => null)",
        );

        await bob.until(`!${publication("alice", "screen_share")}`);
        await decodes(bob, "alice", "camera", await framesOf(bob, "alice"));
      },
    },
    {
      name: "sends the simulcast layer that fits a tile",
      run: async (stage) => {
        const [alice, bob] = [await stage.page("alice", { options: SMALL_CAMERA }), await stage.page("bob")];
        await publishCamera(alice);
        await bob.until(`(await lab.stats("alice", "camera"))?.frameWidth > 320`);
        await bob.call("setSize", "alice", "camera", 160, 90);
        await bob.until(`(await lab.stats("alice", "camera")).frameWidth <= 320`);
        await bob.call("setSize", "alice", "camera", 640, 360);

        await bob.until(`(await lab.stats("alice", "camera")).frameWidth === 640`);
      },
    },
    {
      name: "sends the simulcast layer of a wanted quality",
      run: async (stage) => {
        const [alice, bob] = [await stage.page("alice"), await stage.page("bob")];
        await publishCamera(alice);
        await bob.until(`(await lab.stats("alice", "camera"))?.frameWidth > 320`);
        await bob.evaluate(`${publication("alice")}.setVideoQuality(0)`);

        await bob.until(`(await lab.stats("alice", "camera")).frameWidth <= 320`);
      },
    },
    {
      name: "sends fewer frames where fewer are wanted",
      run: async (stage) => {
        const [alice, bob] = [await stage.page("alice"), await stage.page("bob")];
        await publishCamera(alice);
        await decodes(bob, "alice", "camera", 20);
        await bob.evaluate(`${publication("alice")}.setVideoFPS(5)`);

        await bob.until(`(await lab.frameRate("alice", "camera")) < 11`);
      },
    },
    {
      name: "sends nothing of a disabled video and goes on when it is enabled",
      run: async (stage) => {
        const [alice, bob] = [await stage.page("alice"), await stage.page("bob")];
        await publishCamera(alice);
        await decodes(bob, "alice");
        await bob.evaluate(`${publication("alice")}.setEnabled(false)`);
        await bob.until(`(await lab.frameRate("alice", "camera")) === 0`);
        await bob.evaluate(`${publication("alice")}.setEnabled(true)`);

        await bob.until(`(await lab.frameRate("alice", "camera")) > 0`);
      },
    },
    {
      name: "pauses videos that an adaptive client does not show",
      run: async (stage) => {
        const alice = await stage.page("alice");
        const bob = await stage.page("bob", { options: { adaptiveStream: true } });
        await publishCamera(alice);
        await decodes(bob, "alice");
        await bob.evaluate(`document.querySelectorAll("video").forEach((each) => { each.style.display = "none"; })`);

        await bob.until(`(await lab.frameRate("alice", "camera")) === 0`);
      },
    },
    {
      name: "lets publishers stop the layers that nobody watches",
      run: async (stage) => {
        const [alice, bob] = [await stage.page("alice", { options: { dynacast: true } }), await stage.page("bob")];
        await publishCamera(alice);
        await decodes(bob, "alice");
        await bob.call("setSize", "alice", "camera", 160, 90);
        await alice.until("lab.activeLayers().join() === 'true,false'");
        await bob.call("setSize", "alice", "camera", 640, 360);

        await alice.until("lab.activeLayers().join() === 'true,true'");
      },
    },
    ...(["h264", "vp9"] as const).map((codec) => ({
      name: `carries ${codec} where the publisher wants it`,
      run: async (stage: Parameters<Chapter["behaviours"][number]["run"]>[0]) => {
        const [alice, bob] = [await stage.page("alice"), await stage.page("bob")];
        await publishCamera(alice, { videoCodec: codec, backupCodec: false });
        await decodes(bob, "alice");

        expect(await bob.call("stats", "alice", "camera")).toMatchObject({ mimeType: `video/${codec.toUpperCase()}` });
      },
    })),
    {
      name: "carries h264 simulcast and its layers",
      run: async (stage) => {
        const [alice, bob] = [await stage.page("alice"), await stage.page("bob")];
        await publishCamera(alice, { videoCodec: "h264", backupCodec: false, simulcast: true });
        await decodes(bob, "alice");
        await bob.evaluate(`${publication("alice")}.setVideoQuality(0)`);

        await bob.until(`(await lab.stats("alice", "camera")).frameWidth <= 320`);
      },
    },
    {
      name: "sends the spatial layer of VP9 that fits a tile",
      run: async (stage) => {
        const [alice, bob] = [await stage.page("alice"), await stage.page("bob")];
        await publishCamera(alice, { videoCodec: "vp9", backupCodec: false, scalabilityMode: "L3T3_KEY" });
        await bob.until(`(await lab.stats("alice", "camera"))?.frameWidth === 640`);
        await bob.evaluate(`${publication("alice")}.setVideoQuality(0)`);

        await bob.until(`(await lab.stats("alice", "camera")).frameWidth < 640`);
      },
    },
    {
      name: "carries av1 where the publisher wants it",
      differs: "mediasoup forwards AV1 only without the dependency descriptor that receivers need; VP8 is sent instead",
      run: async (stage) => {
        const [alice, bob] = [await stage.page("alice"), await stage.page("bob")];
        await publishCamera(alice, { videoCodec: "av1", backupCodec: false });
        await decodes(bob, "alice");

        expect(await bob.call("stats", "alice", "camera")).toMatchObject({ mimeType: "video/AV1" });
      },
    },
    {
      name: "carries stereo beside mono",
      run: async (stage) => {
        await stage.page("alice", { publish: true, options: { publishDefaults: { forceStereo: true, dtx: false } } });
        await stage.page("carol", { publish: true });
        const bob = await stage.page("bob");

        await Promise.all([hears(bob, "alice"), hears(bob, "carol")]);
      },
    },
    {
      name: "carries microphones of clients that send redundancy",
      run: async (stage) => {
        await stage.page("alice", { publish: true, options: { publishDefaults: { red: true } } });
        const bob = await stage.page("bob");

        await hears(bob, "alice");
      },
    },
    {
      name: "uses a section again after its track was unsubscribed",
      run: async (stage) => {
        const [alice, bob] = [
          await stage.page("alice"),
          await stage.page("bob", { options: { singlePeerConnection: false } }),
        ];
        await publishCamera(alice);
        await decodes(bob, "alice");
        const sections = "lab.room.engine.pcManager.subscriber.getRemoteDescription().sdp.split('m=').length";
        const before = await bob.evaluate(sections);
        for (let round = 0; round < 3; round += 1) {
          await bob.call("setSubscribed", "alice", "camera", false);
          await bob.until(`!${publication("alice")}.track`);
          await bob.call("setSubscribed", "alice", "camera", true);
          await bob.until(`!!${publication("alice")}.track`);
        }
        await decodes(bob, "alice");

        expect(await bob.evaluate(sections)).toBe(before);
      },
    },
    {
      name: "asks publishers for a key frame when somebody comes",
      run: async (stage) => {
        const alice = await stage.page("alice");
        await publishCamera(alice);
        const bob = await stage.page("bob");
        await decodes(bob, "alice");
        const carol = await stage.page("carol");

        await decodes(carol, "alice", "camera", 0);
      },
    },
  ],
};
