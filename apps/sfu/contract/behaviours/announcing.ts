import {
  AddTrackRequest,
  AudioTrackFeature,
  Encryption_Type,
  RequestResponse_Reason,
  SimulcastCodec,
  TrackInfo,
  TrackSource,
  TrackType,
  VideoLayer,
  VideoQuality,
} from "@livekit/protocol";
import { TrackSource as GrantSource } from "livekit-server-sdk";
import { expect } from "vitest";

import type { SignalClient } from "../../src/testing/SignalClient.ts";
import type { Chapter } from "../Behaviour.ts";

type Announcement = ConstructorParameters<typeof AddTrackRequest>[0];

const layers = [
  new VideoLayer({ quality: VideoQuality.LOW, width: 320, height: 180, bitrate: 150_000 }),
  new VideoLayer({ quality: VideoQuality.MEDIUM, width: 640, height: 360, bitrate: 450_000 }),
  new VideoLayer({ quality: VideoQuality.HIGH, width: 1280, height: 720, bitrate: 1_500_000 }),
];

/** Announces a track without waiting for what the server says. */
export function announce(client: SignalClient, value: Announcement): void {
  client.send({ case: "addTrack", value: new AddTrackRequest(value) });
}

/** Announces a microphone or what is given, and returns what the server has made of it. */
export async function announced(client: SignalClient, value: Announcement = {}): Promise<TrackInfo> {
  const request = { cid: "mic", type: TrackType.AUDIO, source: TrackSource.MICROPHONE, ...value };
  announce(client, request);
  const { track } = await client.next("trackPublished", ({ cid }) => cid === request.cid);
  return track ?? new TrackInfo();
}

export const camera: NonNullable<Announcement> = {
  cid: "cam",
  type: TrackType.VIDEO,
  source: TrackSource.CAMERA,
  width: 1280,
  height: 720,
  layers,
  simulcastCodecs: [new SimulcastCodec({ codec: "vp8", cid: "cam", layers })],
};

async function refusalOf(client: SignalClient, value: Announcement): Promise<RequestResponse_Reason> {
  announce(client, value);
  const { reason, request } = await client.next("requestResponse");
  expect(request.case).toBe("addTrack");
  return reason;
}

/** What becomes of `add_track`, before any media. */
export const announcing: Chapter = {
  subject: "announcing tracks",
  behaviours: [
    {
      name: "confirms a track at once, before any media, under the client's own id",
      run: async (stage) => {
        const track = await announced(await stage.join("alice"), { name: "mike" });

        expect(track.sid).toMatch(/^TR_A/);
        expect(track).toMatchObject({ name: "mike", type: TrackType.AUDIO, source: TrackSource.MICROPHONE });
      },
    },
    {
      name: "writes kind and source of a track into its sid",
      run: async (stage) => {
        const alice = await stage.join("alice");
        const made = [
          await announced(alice),
          await announced(alice, camera),
          await announced(alice, { ...camera, cid: "screen", source: TrackSource.SCREEN_SHARE }),
          await announced(alice, { cid: "sound", source: TrackSource.SCREEN_SHARE_AUDIO }),
        ];

        expect(made.map(({ sid }) => sid.slice(0, 5))).toEqual(["TR_AM", "TR_VC", "TR_VS", "TR_As"]);
      },
    },
    {
      name: "names the codec of a video that says which one it will be",
      run: async (stage) => {
        const track = await announced(await stage.join("alice"), camera);

        expect(track.codecs.map(({ mimeType }) => mimeType.toLowerCase())).toEqual(["video/vp8"]);
      },
    },
    {
      name: "keeps the announced muteness",
      run: async (stage) => expect((await announced(await stage.join("alice"), { muted: true })).muted).toBe(true),
    },
    {
      name: "keeps the size and the layers of a video",
      run: async (stage) => {
        const track = await announced(await stage.join("alice"), camera);

        expect([track.width, track.height]).toEqual([1280, 720]);
        const kept = track.layers.length > 0 ? track.layers : (track.codecs[0]?.layers ?? []);
        expect(kept.map(({ quality, width }) => [quality, width])).toEqual([
          [VideoQuality.LOW, 320],
          [VideoQuality.MEDIUM, 640],
          [VideoQuality.HIGH, 1280],
        ]);
      },
    },
    {
      name: "passes on how a track is encrypted",
      run: async (stage) => {
        const alice = await stage.join("alice");

        expect((await announced(alice, { encryption: Encryption_Type.GCM })).encryption).toBe(Encryption_Type.GCM);
        expect((await announced(alice, { ...camera, encryption: Encryption_Type.CUSTOM })).encryption).toBe(
          Encryption_Type.CUSTOM,
        );
      },
    },
    {
      name: "passes on the stream that a track belongs to",
      run: async (stage) => {
        expect((await announced(await stage.join("alice"), { stream: "stage-left" })).stream).toBe("stage-left");
      },
    },
    {
      name: "tells of stereo sound",
      run: async (stage) => {
        const track = await announced(await stage.join("alice"), { stereo: true });

        expect(track.stereo || track.audioFeatures.includes(AudioTrackFeature.TF_STEREO)).toBe(true);
      },
    },
    {
      name: "tells of stereo and of missing silence detection as features",
      run: async (stage) => {
        const track = await announced(await stage.join("alice"), { stereo: true, disableDtx: true });

        expect(track.audioFeatures).toEqual(
          expect.arrayContaining([AudioTrackFeature.TF_STEREO, AudioTrackFeature.TF_NO_DTX]),
        );
      },
    },
    {
      name: "keeps the features of a microphone",
      run: async (stage) => {
        const audioFeatures = [AudioTrackFeature.TF_ECHO_CANCELLATION, AudioTrackFeature.TF_NOISE_SUPPRESSION];
        const track = await announced(await stage.join("alice"), { audioFeatures });

        expect(track.audioFeatures).toEqual(expect.arrayContaining(audioFeatures));
      },
    },
    {
      name: "gives each of many tracks its own sid",
      run: async (stage) => {
        const alice = await stage.join("alice");
        const sids = await Promise.all(
          ["a", "b", "c", "d", "e"].map(async (cid) => (await announced(alice, { cid, name: cid })).sid),
        );

        expect(new Set(sids).size).toBe(5);
      },
    },
    {
      name: "refuses tracks of who may not publish",
      run: async (stage) => {
        const alice = await stage.join("alice", { grant: { canPublish: false } });

        expect(await refusalOf(alice, { cid: "mic", type: TrackType.AUDIO })).toBe(RequestResponse_Reason.NOT_ALLOWED);
      },
    },
    {
      name: "refuses sources that the token does not name",
      run: async (stage) => {
        const alice = await stage.join("alice", { grant: { canPublishSources: [GrantSource.MICROPHONE] } });

        expect(await refusalOf(alice, camera)).toBe(RequestResponse_Reason.NOT_ALLOWED);
      },
    },
    {
      name: "takes sources that the token names",
      run: async (stage) => {
        const alice = await stage.join("alice", { grant: { canPublishSources: [GrantSource.MICROPHONE] } });

        expect((await announced(alice)).sid).toMatch(/^TR_AM/);
      },
    },
    {
      name: "does not show the others a track before its media comes",
      run: async (stage) => {
        const [alice, bob] = [await stage.join("alice"), await stage.join("bob")];
        await announced(alice);
        const { otherParticipants } = await (await stage.join("carol")).next("join");
        await bob.sees("carol", () => true);

        expect(otherParticipants.flatMap(({ tracks }) => tracks)).toEqual([]);
        const updates = bob.all("update").flatMap(({ participants }) => participants);
        expect(updates.flatMap(({ tracks }) => tracks)).toEqual([]);
      },
    },
  ],
};
