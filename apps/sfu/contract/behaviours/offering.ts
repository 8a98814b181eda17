import { SessionDescription, SimulcastCodec, TrackSource, TrackType } from "@livekit/protocol";
import { expect } from "vitest";

import type { SignalClient } from "../../src/testing/SignalClient.ts";
import { type OfferedSection, publisherOffer } from "../../src/testing/sdpFixtures.ts";
import type { Chapter } from "../Behaviour.ts";
import { announced, camera } from "./announcing.ts";

interface Offer {
  readonly sections: readonly OfferedSection[];
  readonly id?: number;
  readonly ufrag?: string;
}

function offer(client: SignalClient, { sections, id = 1, ufrag = "abcd" }: Offer): void {
  const sdp = publisherOffer(sections, ufrag);
  client.send({ case: "offer", value: new SessionDescription({ type: "offer", sdp, id }) });
}

async function answerTo(client: SignalClient, offered: Offer): Promise<string> {
  offer(client, offered);
  return (await client.next("answer", ({ id }) => id === (offered.id ?? 1))).sdp;
}

/** The sections of an SDP, the data section first. */
function sectionsOf(sdp: string): string[] {
  return sdp.split(/^m=/m).slice(1);
}

/** The name of the codec that a section lists first: what browsers will send. */
function firstCodec(section: string): string | undefined {
  const payloadType = section.split(/\s/)[3];
  return new RegExp(`a=rtpmap:${payloadType} (\\w+)/`).exec(section)?.[1];
}

function opusParameters(section: string): string {
  const payloadType = /a=rtpmap:(\d+) opus/.exec(section)?.[1];
  return new RegExp(`a=fmtp:${payloadType} (.*)`).exec(section)?.[1] ?? "";
}

function ufragOf(sdp: string): string | undefined {
  return /a=ice-ufrag:(\S+)/.exec(sdp)?.[1];
}

function fingerprintOf(sdp: string): string | undefined {
  return /a=fingerprint:(.*)/.exec(sdp)?.[1];
}

const microphone: OfferedSection = { kind: "audio", mid: "1", cid: "mic", ssrc: 11 };
const rids = ["q", "h", "f"];

/** A camera that is to be sent with a codec. */
async function videoAnswer(client: SignalClient, codec: string): Promise<string> {
  await announced(client, { ...camera, simulcastCodecs: [new SimulcastCodec({ codec, cid: "cam" })] });
  const sdp = await answerTo(client, { sections: [{ kind: "video", mid: "1", cid: "cam", ssrc: 21 }] });
  return sectionsOf(sdp)[1] ?? "";
}

/** The negotiation of what a client sends. */
export const offering: Chapter = {
  subject: "offers of publishers",
  behaviours: [
    {
      name: "answers an offer under its own number",
      run: async (stage) => {
        const alice = await stage.join("alice");
        offer(alice, { sections: [], id: 7 });
        const answer = await alice.next("answer");

        expect([answer.id, answer.type]).toEqual([7, "answer"]);
      },
    },
    {
      name: "takes a data channel before any track",
      run: async (stage) => {
        const sdp = await answerTo(await stage.join("alice"), { sections: [] });

        expect(sectionsOf(sdp)).toHaveLength(1);
        expect(sdp).toMatch(/m=application [1-9]/);
        expect(sdp).toContain("a=sctp-port:5000");
      },
    },
    {
      name: "has credentials, a fingerprint and a way to reach it in the answer",
      run: async (stage) => {
        const alice = await stage.join("alice");
        const sdp = await answerTo(alice, { sections: [] });

        expect(sdp).toMatch(/a=ice-ufrag:\S{4,}/);
        expect(sdp).toMatch(/a=ice-pwd:\S{22,}/);
        expect(sdp).toMatch(/a=fingerprint:sha-256 ([0-9A-F]{2}:){31}/);
        if (!sdp.includes("a=candidate:")) await alice.next("trickle");
      },
    },
    {
      name: "keeps the order and the names of the sections",
      run: async (stage) => {
        const alice = await stage.join("alice");
        await announced(alice);
        await announced(alice, camera);
        const sections = [microphone, { kind: "video", mid: "two", cid: "cam", rids } as const];
        const sdp = await answerTo(alice, { sections });

        expect(sectionsOf(sdp).map((each) => each.split(" ")[0])).toEqual(["application", "audio", "video"]);
        expect([...sdp.matchAll(/^a=mid:(\S+)/gm)].map(([, mid]) => mid)).toEqual(["data", "1", "two"]);
      },
    },
    {
      name: "bundles all sections",
      run: async (stage) => {
        const alice = await stage.join("alice");
        await announced(alice);

        expect(await answerTo(alice, { sections: [microphone] })).toMatch(/a=group:BUNDLE data 1/);
      },
    },
    {
      name: "receives what is announced",
      run: async (stage) => {
        const alice = await stage.join("alice");
        await announced(alice);

        expect(sectionsOf(await answerTo(alice, { sections: [microphone] }))[1]).toContain("a=recvonly");
      },
    },
    {
      name: "keeps the payload types of the client",
      run: async (stage) => {
        const alice = await stage.join("alice");
        await announced(alice, camera);
        const sdp = await answerTo(alice, { sections: [{ kind: "video", mid: "1", cid: "cam", ssrc: 5 }] });

        expect(sdp).toContain("a=rtpmap:106 VP8/90000");
      },
    },
    {
      name: "lists VP8 first for a camera that is to be VP8",
      run: async (stage) => expect(firstCodec(await videoAnswer(await stage.join("alice"), "vp8"))).toBe("VP8"),
    },
    {
      name: "lists H.264 first for a camera that is to be H.264",
      run: async (stage) => expect(firstCodec(await videoAnswer(await stage.join("alice"), "h264"))).toBe("H264"),
    },
    {
      name: "lists VP9 first for a camera that is to be VP9",
      run: async (stage) => expect(firstCodec(await videoAnswer(await stage.join("alice"), "vp9"))).toBe("VP9"),
    },
    {
      name: "lists AV1 first for a camera that is to be AV1",
      differs: "mediasoup forwards AV1 only without the dependency descriptor that receivers need; VP8 is sent instead",
      run: async (stage) => expect(firstCodec(await videoAnswer(await stage.join("alice"), "av1"))).toBe("AV1"),
    },
    {
      name: "offers retransmission beside the codec",
      run: async (stage) => {
        const section = await videoAnswer(await stage.join("alice"), "vp8");

        expect(section).toContain("a=rtpmap:107 rtx/90000");
        expect(section).toContain("a=fmtp:107 apt=106");
      },
    },
    {
      name: "asks for losses and key frames of video to be told",
      run: async (stage) => {
        const section = await videoAnswer(await stage.join("alice"), "vp8");

        expect(section).toMatch(/a=rtcp-fb:106 nack\s*$/m);
        expect(section).toMatch(/a=rtcp-fb:106 nack pli\s*$/m);
        expect(section).toMatch(/a=rtcp-fb:106 transport-cc\s*$/m);
      },
    },
    {
      name: "takes all simulcast layers",
      run: async (stage) => {
        const alice = await stage.join("alice");
        await announced(alice, camera);
        const sdp = await answerTo(alice, { sections: [{ kind: "video", mid: "1", cid: "cam", rids }] });

        for (const rid of rids) expect(sdp).toContain(`a=rid:${rid} recv`);
        expect(sdp).toMatch(/a=simulcast:recv q;h;f/);
      },
    },
    {
      name: "takes simulcast layers in whatever order they come",
      run: async (stage) => {
        const alice = await stage.join("alice");
        await announced(alice, camera);
        const sdp = await answerTo(alice, {
          sections: [{ kind: "video", mid: "1", cid: "cam", rids: ["f", "h", "q"] }],
        });

        expect(sdp).toMatch(/a=simulcast:recv f;h;q/);
      },
    },
    {
      name: "lets Opus keep silent when nobody speaks",
      run: async (stage) => {
        const alice = await stage.join("alice");
        await announced(alice);
        const section = sectionsOf(await answerTo(alice, { sections: [microphone] }))[1] ?? "";

        expect(opusParameters(section)).toContain("usedtx=1");
        expect(opusParameters(section)).toContain("useinbandfec=1");
      },
    },
    {
      name: "lets music be sent without pauses",
      run: async (stage) => {
        const alice = await stage.join("alice");
        await announced(alice, { disableDtx: true });
        const section = sectionsOf(await answerTo(alice, { sections: [microphone] }))[1] ?? "";

        expect(opusParameters(section)).not.toContain("usedtx=1");
      },
    },
    {
      name: "asks for stereo of a stereo track",
      run: async (stage) => {
        const alice = await stage.join("alice");
        await announced(alice, { stereo: true });
        const section = sectionsOf(await answerTo(alice, { sections: [microphone] }))[1] ?? "";

        expect(opusParameters(section)).toContain("stereo=1");
      },
    },
    {
      name: "takes five tracks in one offer",
      run: async (stage) => {
        const alice = await stage.join("alice");
        const cids = ["a", "b", "c", "d", "e"];
        for (const cid of cids) await announced(alice, { cid, source: TrackSource.UNKNOWN, name: cid });
        const sections = cids.map(
          (cid, index) => ({ kind: "audio", mid: `${index}`, cid, ssrc: 10 * index + 1 }) as const,
        );
        const sdp = await answerTo(alice, { sections });

        expect(sdp.match(/a=recvonly/g)).toHaveLength(5);
      },
    },
    {
      name: "answers a later offer with a track more",
      run: async (stage) => {
        const alice = await stage.join("alice");
        await answerTo(alice, { sections: [] });
        await announced(alice);
        const sdp = await answerTo(alice, { sections: [microphone], id: 2 });

        expect(sectionsOf(sdp)).toHaveLength(2);
      },
    },
    {
      name: "answers a track that is taken out as inactive",
      run: async (stage) => {
        const alice = await stage.join("alice");
        await announced(alice, { cid: "mic", type: TrackType.AUDIO });
        await answerTo(alice, { sections: [microphone] });
        const gone: OfferedSection = { kind: "audio", mid: "1", direction: "inactive" };

        expect(sectionsOf(await answerTo(alice, { sections: [gone], id: 2 }))[1]).toContain("a=inactive");
      },
    },
    {
      name: "has new credentials in the answer to an ICE restart",
      run: async (stage) => {
        const alice = await stage.join("alice");
        const before = ufragOf(await answerTo(alice, { sections: [] }));
        const after = ufragOf(await answerTo(alice, { sections: [], id: 2, ufrag: "efgh" }));

        expect(after).toBeDefined();
        expect(after).not.toBe(before);
      },
    },
    {
      name: "keeps its fingerprint through an ICE restart",
      run: async (stage) => {
        const alice = await stage.join("alice");
        const before = fingerprintOf(await answerTo(alice, { sections: [] }));

        expect(fingerprintOf(await answerTo(alice, { sections: [], id: 2, ufrag: "efgh" }))).toBe(before);
      },
    },
  ],
};
