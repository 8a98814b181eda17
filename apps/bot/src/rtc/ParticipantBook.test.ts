import {
  ConnectionQuality,
  ConnectionQualityInfo,
  ParticipantInfo,
  ParticipantInfo_State,
  SpeakerInfo,
  TrackInfo,
  TrackSource,
} from "@livekit/protocol";
import { beforeEach, describe, expect, it } from "vitest";

import { ParticipantBook } from "./ParticipantBook.ts";

const CAMERA = { sid: "TR_1", source: TrackSource.CAMERA, mimeType: "video/VP8", width: 640, height: 360 };

let book: ParticipantBook;

beforeEach(() => {
  book = new ParticipantBook("PA_self");
});

function person(fields: Partial<ParticipantInfo> = {}): ParticipantInfo {
  return new ParticipantInfo({ sid: "PA_1", identity: "bob", state: ParticipantInfo_State.ACTIVE, ...fields });
}

function view(): ReturnType<ParticipantBook["view"]> {
  return book.view(() => undefined);
}

describe("ParticipantBook", () => {
  it("shows the others with their tracks, without ourselves and without tracks that calls do not have", () => {
    const tracks = [new TrackInfo(CAMERA), new TrackInfo({ sid: "TR_2", source: TrackSource.UNKNOWN })];
    book.update([person({ tracks }), person({ sid: "PA_self", identity: "me" })]);

    expect(view()).toEqual([
      {
        identity: "bob",
        publications: [
          { sid: "TR_1", source: "camera", isMuted: false, track: undefined, size: { width: 640, height: 360 } },
        ],
        isSpeaking: false,
        audioLevel: 0,
        quality: "unknown",
      },
    ]);
    expect(book.findTrack("TR_1")).toEqual({ identity: "bob", source: "camera", codec: "vp8" });
    expect(book.findTrack("TR_2")).toBeUndefined();
  });

  it("drops what is older than it knows, and takes what is newer", () => {
    book.update([person({ version: 2, tracks: [new TrackInfo({ ...CAMERA, muted: true })] })]);

    book.update([person({ version: 1 })]);
    expect(view()[0]?.publications[0]?.isMuted).toBe(true);
    book.update([person({ version: 3, tracks: [new TrackInfo(CAMERA)] })]);

    expect(view()[0]?.publications[0]?.isMuted).toBe(false);
  });

  it("forgets who has left, but not for the end of an earlier stay", () => {
    book.update([person()]);
    book.update([person({ sid: "PA_2" })]);

    book.update([person({ state: ParticipantInfo_State.DISCONNECTED })]);
    expect(view()).toHaveLength(1);
    book.update([person({ sid: "PA_2", state: ParticipantInfo_State.DISCONNECTED })]);

    expect(view()).toHaveLength(0);
  });

  it("notes speakers and quality, also our own speaking", () => {
    book.update([person()]);

    book.setSpeakers([
      new SpeakerInfo({ sid: "PA_1", active: true, level: 0.5 }),
      new SpeakerInfo({ sid: "PA_self", active: true, level: 1 }),
    ]);
    book.setQualities([new ConnectionQualityInfo({ participantSid: "PA_1", quality: ConnectionQuality.LOST })]);
    expect(view()[0]).toMatchObject({ isSpeaking: true, audioLevel: 0.5, quality: "lost" });
    expect(book.ownIsSpeaking).toBe(true);
    book.setSpeakers([new SpeakerInfo({ sid: "PA_1", active: false, level: 0.5 })]);

    expect(view()[0]).toMatchObject({ isSpeaking: false, audioLevel: 0 });
  });

  it("keeps the objects of those for whom nothing has changed", () => {
    book.update([person({ tracks: [new TrackInfo(CAMERA)] }), person({ sid: "PA_2", identity: "carol" })]);
    const [bob, carol] = view();

    book.touch("TR_1");

    expect(view()[0]).not.toBe(bob);
    expect(view()[1]).toBe(carol);
  });
});
