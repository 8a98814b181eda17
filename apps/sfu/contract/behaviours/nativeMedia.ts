import { type E2EEOptions, EncryptionType, TrackKind, TrackSource, VideoCodec } from "@livekit/rtc-node";
import { expect } from "vitest";

import type { Chapter } from "../Behaviour.ts";
import { until } from "../Bot.ts";

const key = new TextEncoder().encode("a key that both know");

function encryption(sharedKey: Uint8Array = key): E2EEOptions {
  return { encryptionType: EncryptionType.GCM, keyProviderOptions: { sharedKey } };
}

/** Sound and pictures between native clients (rtc-node, libwebrtc). */
export const nativeMedia: Chapter = {
  subject: "media of native clients",
  behaviours: [
    {
      name: "carries sound",
      run: async (stage) => {
        const [alice, bob] = [await stage.bot("alice"), await stage.bot("bob")];
        await alice.publishTone();

        await bob.receives("alice", 20);
      },
    },
    {
      name: "carries pictures",
      run: async (stage) => {
        const [alice, bob] = [await stage.bot("alice"), await stage.bot("bob")];
        await alice.publishPicture();

        await bob.receives("alice", 5);
      },
    },
    {
      name: "carries sound and pictures both ways at once",
      run: async (stage) => {
        const [alice, bob] = [await stage.bot("alice"), await stage.bot("bob")];
        await Promise.all([alice, bob].map((bot) => bot.publishTone()));
        await Promise.all([alice, bob].map((bot) => bot.publishPicture()));

        await Promise.all([alice.receives("bob", 20), bob.receives("alice", 20)]);
        expect(alice.publications("bob")).toHaveLength(2);
      },
    },
    {
      name: "carries H.264 of native clients",
      run: async (stage) => {
        const [alice, bob] = [await stage.bot("alice"), await stage.bot("bob")];
        await alice.publishPicture({ videoCodec: VideoCodec.H264 });
        await bob.receives("alice", 3);

        expect(bob.publications("alice")[0]?.mimeType?.toLowerCase()).toBe("video/h264");
      },
    },
    {
      name: "carries VP9 of native clients",
      run: async (stage) => {
        const [alice, bob] = [await stage.bot("alice"), await stage.bot("bob")];
        await alice.publishPicture({ videoCodec: VideoCodec.VP9 });
        await bob.receives("alice", 3);

        expect(bob.publications("alice")[0]?.mimeType?.toLowerCase()).toBe("video/vp9");
      },
    },
    {
      name: "carries simulcast of native clients",
      run: async (stage) => {
        const [alice, bob] = [await stage.bot("alice"), await stage.bot("bob")];
        await alice.publishPicture({ simulcast: true });

        await bob.receives("alice", 5);
      },
    },
    {
      name: "passes on name, source and kind of a track",
      run: async (stage) => {
        const [alice, bob] = [await stage.bot("alice"), await stage.bot("bob")];
        await alice.publishTone({ source: TrackSource.SOURCE_SCREENSHARE_AUDIO }, "the film");
        await until(() => bob.publications("alice").length === 1, "the track is known");
        const [publication] = bob.publications("alice");

        expect([publication?.name, publication?.source, publication?.kind]).toEqual([
          "the film",
          TrackSource.SOURCE_SCREENSHARE_AUDIO,
          TrackKind.KIND_AUDIO,
        ]);
      },
    },
    {
      name: "shows both sides a track under the same sid",
      run: async (stage) => {
        const [alice, bob] = [await stage.bot("alice"), await stage.bot("bob")];
        const { sid } = await alice.publishTone();

        await until(() => bob.publications("alice")[0]?.sid === sid, "the track has the publisher's sid");
      },
    },
    {
      name: "gives latecomers what is published",
      run: async (stage) => {
        const alice = await stage.bot("alice");
        await alice.publishTone();
        await alice.publishPicture();
        const bob = await stage.bot("bob");

        await bob.receives("alice", 20);
        await until(() => bob.publications("alice").every((each) => each.subscribed), "all is subscribed");
      },
    },
    {
      name: "takes a track away when it is unpublished",
      run: async (stage) => {
        const [alice, bob] = [await stage.bot("alice"), await stage.bot("bob")];
        const { sid } = await alice.publishTone();
        await bob.receives("alice");
        await alice.self.unpublishTrack(sid ?? "");

        await until(() => bob.publications("alice").length === 0, "the track has gone");
        expect(bob.events).toEqual(expect.arrayContaining(["trackUnsubscribed", "trackUnpublished"]));
      },
    },
    {
      name: "carries a track that is published again",
      run: async (stage) => {
        const [alice, bob] = [await stage.bot("alice"), await stage.bot("bob")];
        const first = await alice.publishTone();
        await bob.receives("alice");
        await alice.self.unpublishTrack(first.sid ?? "");
        await until(() => bob.publications("alice").length === 0, "the track has gone");
        const second = await alice.publishTone();

        await bob.receives("alice", 10, second.sid);
        expect(second.sid).not.toBe(first.sid);
      },
    },
    {
      name: "carries two microphones of one participant",
      run: async (stage) => {
        const [alice, bob] = [await stage.bot("alice"), await stage.bot("bob")];
        const first = await alice.publishTone({}, "one");
        const second = await alice.publishTone({ source: TrackSource.SOURCE_SCREENSHARE_AUDIO }, "two");

        await Promise.all([bob.receives("alice", 10, first.sid), bob.receives("alice", 10, second.sid)]);
      },
    },
    {
      name: "tells the publisher that somebody receives its track",
      run: async (stage) => {
        const [alice] = [await stage.bot("alice"), await stage.bot("bob")];
        await alice.publishTone();

        await until(() => alice.events.includes("localTrackSubscribed"), "the publisher is told");
      },
    },
    {
      name: "sends nothing to who does not subscribe by itself, though it shows the track",
      run: async (stage) => {
        const alice = await stage.bot("alice");
        await alice.publishTone();
        const bob = await stage.bot("bob", { options: { autoSubscribe: false } });
        await until(() => bob.publications("alice").length === 1, "the track is known");
        const carol = await stage.bot("carol");
        await carol.receives("alice", 20);

        expect(bob.events).not.toContain("trackSubscribed");
      },
    },
    {
      name: "sends a track once it is asked for",
      run: async (stage) => {
        const alice = await stage.bot("alice");
        await alice.publishTone();
        const bob = await stage.bot("bob", { options: { autoSubscribe: false } });
        await until(() => bob.publications("alice").length === 1, "the track is known");
        bob.publications("alice")[0]?.setSubscribed(true);

        await bob.receives("alice", 10);
      },
    },
    {
      name: "stops a track that is not wanted any more, and brings it back",
      run: async (stage) => {
        const [alice, bob] = [await stage.bot("alice"), await stage.bot("bob")];
        await alice.publishTone();
        await bob.receives("alice");
        bob.publications("alice")[0]?.setSubscribed(false);
        await until(() => bob.events.includes("trackUnsubscribed"), "the track is taken away");
        bob.publications("alice")[0]?.setSubscribed(true);

        await bob.receives("alice", 10);
      },
    },
    {
      name: "sends nothing to who may not subscribe",
      run: async (stage) => {
        const alice = await stage.bot("alice");
        await alice.publishTone();
        const bob = await stage.bot("bob", { grant: { canSubscribe: false } });
        const carol = await stage.bot("carol");
        await carol.receives("alice", 20);

        expect(bob.events).not.toContain("trackSubscribed");
      },
    },
    {
      name: "carries what somebody publishes who may not subscribe",
      run: async (stage) => {
        const alice = await stage.bot("alice", { grant: { canSubscribe: false } });
        const bob = await stage.bot("bob");
        await alice.publishTone();

        await bob.receives("alice", 10);
      },
    },
    {
      name: "sends everything to who is hidden, and shows nobody",
      run: async (stage) => {
        const alice = await stage.bot("alice");
        await alice.publishTone();
        const spy = await stage.bot("spy", { grant: { hidden: true } });
        await spy.receives("alice", 10);
        await stage.bot("bob");
        await alice.meets("bob");

        expect(alice.peer("spy")).toBeUndefined();
      },
    },
    {
      name: "carries encrypted media between those who have the key",
      run: async (stage) => {
        const options = { encryption: encryption() };
        const [alice, bob] = [await stage.bot("alice", { options }), await stage.bot("bob", { options })];
        await alice.publishTone();
        await alice.publishPicture();

        await bob.receives("alice", 20);
        const [publication] = bob.publications("alice");
        expect(publication?.encryptionType).toBe(EncryptionType.GCM);
      },
    },
    {
      name: "tells everybody who speaks",
      run: async (stage) => {
        const [alice, bob] = [await stage.bot("alice"), await stage.bot("bob")];
        const speaking = new Set<string>();
        bob.room.on("activeSpeakersChanged", (speakers) => speakers.forEach(({ identity }) => speaking.add(identity)));
        await alice.publishTone();

        await until(() => speaking.has("alice"), "alice speaks");
      },
    },
    {
      name: "tells how good the connections are",
      run: async (stage) => {
        const [alice, bob] = [await stage.bot("alice"), await stage.bot("bob")];
        await alice.publishTone();

        await until(() => bob.events.includes("connectionQualityChanged"), "a quality is told");
      },
    },
    {
      name: "takes away what a participant has published when it leaves",
      run: async (stage) => {
        const [alice, bob] = [await stage.bot("alice"), await stage.bot("bob")];
        await alice.publishTone();
        await bob.receives("alice");
        await alice.leave();

        await until(() => bob.peer("alice") === undefined, "alice has left");
        expect(bob.events).toEqual(expect.arrayContaining(["trackUnsubscribed", "participantDisconnected"]));
      },
    },
    {
      name: "mutes a track on behalf of an admin",
      run: async (stage) => {
        const [alice, bob] = [await stage.bot("alice"), await stage.bot("bob")];
        const { sid } = await alice.publishTone();
        await bob.receives("alice");
        const track = await stage.api.mutePublishedTrack(stage.room, "alice", sid ?? "", true);

        expect(track.muted).toBe(true);
        await until(() => bob.publications("alice")[0]?.muted === true, "bob sees it muted");
      },
    },
    {
      name: "does not unmute a track on behalf of an admin",
      run: async (stage) => {
        const alice = await stage.bot("alice");
        const { sid } = await alice.publishTone();
        await until(async () => (await stage.api.getParticipant(stage.room, "alice")).tracks.length > 0, "published");
        await stage.api.mutePublishedTrack(stage.room, "alice", sid ?? "", true);

        await expect(stage.api.mutePublishedTrack(stage.room, "alice", sid ?? "", false)).rejects.toMatchObject({
          code: "failed_precondition",
        });
      },
    },
    {
      name: "takes the tracks of somebody whose permission to publish is withdrawn",
      run: async (stage) => {
        const [alice, bob] = [await stage.bot("alice"), await stage.bot("bob")];
        await alice.publishTone();
        await bob.receives("alice");
        await stage.api.updateParticipant(stage.room, "alice", {
          permission: { canPublish: false, canSubscribe: true, canPublishData: true },
        });

        await until(() => bob.publications("alice").length === 0, "the track has gone");
      },
    },
    {
      name: "stops sending to somebody whose permission to subscribe is withdrawn, and goes on when it is back",
      run: async (stage) => {
        const [alice, bob] = [await stage.bot("alice"), await stage.bot("bob")];
        await alice.publishTone();
        await bob.receives("alice");
        const permission = { canPublish: true, canPublishData: true };
        await stage.api.updateParticipant(stage.room, "bob", { permission: { ...permission, canSubscribe: false } });
        await bob.misses("alice");
        await stage.api.updateParticipant(stage.room, "bob", { permission: { ...permission, canSubscribe: true } });

        await bob.receives("alice", 10);
      },
    },
    {
      name: "subscribes and unsubscribes on behalf of an admin",
      run: async (stage) => {
        const [alice, bob] = [await stage.bot("alice"), await stage.bot("bob")];
        const { sid = "" } = await alice.publishTone();
        await bob.receives("alice");
        await stage.api.updateSubscriptions(stage.room, "bob", [sid], false);
        await bob.misses("alice");
        await stage.api.updateSubscriptions(stage.room, "bob", [sid], true);

        await bob.receives("alice", 10);
      },
    },
    {
      name: "lists the tracks of participants",
      run: async (stage) => {
        const alice = await stage.bot("alice");
        const { sid } = await alice.publishTone({}, "mike");
        await until(async () => {
          const { tracks } = await stage.api.getParticipant(stage.room, "alice");
          return tracks.some((track) => track.sid === sid && track.name === "mike");
        }, "the track is listed");
      },
    },
  ],
};
