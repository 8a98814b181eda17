import {
  AddTrackRequest,
  Encryption_Type,
  ParticipantInfo_State,
  SessionDescription,
  TrackSource,
  TrackType,
  VideoLayer,
  VideoQuality,
} from "@livekit/protocol";

import type { MemoryLab } from "./memoryLab.ts";
import { type OfferedSection, publisherOffer, subscriberAnswer } from "./sdpFixtures.ts";
import type { TokenOptions } from "./serveSfu.ts";
import type { SignalClient } from "./SignalClient.ts";

/** For conditions that come by themselves, on a machine that is busy too. */
export const PATIENCE = { timeout: 20_000 } as const;
export const CAMERA: OfferedSection = { kind: "video", mid: "v", cid: "camera", rids: ["q", "h", "f"] };
export const MICROPHONE: OfferedSection = { kind: "audio", mid: "a", cid: "microphone", ssrc: 77 };

const QUALITIES = [VideoQuality.LOW, VideoQuality.MEDIUM, VideoQuality.HIGH] as const;
export const LAYERS: readonly VideoLayer[] = QUALITIES.map(
  (quality, index) => new VideoLayer({ quality, width: 320 * 2 ** index, height: 180 * 2 ** index }),
);

/** Waits for an offer of the server's and takes it. */
export async function answerOffer(
  lab: MemoryLab,
  client: SignalClient,
  isNext: (offer: SessionDescription) => boolean = () => true,
): Promise<SessionDescription> {
  const offer = await lab.pump(client.next("offer", isNext));
  const sdp = subscriberAnswer();
  client.send({ case: "answer", value: new SessionDescription({ type: "answer", sdp, id: offer.id }) });
  return offer;
}

/** Joins and answers the first offer, so that the connection is up. */
export async function connect(lab: MemoryLab, identity: string, options: TokenOptions = {}): Promise<SignalClient> {
  const client = await lab.join(identity, options);
  await answerOffer(lab, client);
  await client.sees(identity, ({ state }) => state === ParticipantInfo_State.ACTIVE);
  return client;
}

export function announce(client: SignalClient, { kind, cid = "" }: OfferedSection): void {
  const value = new AddTrackRequest({
    cid,
    type: kind === "video" ? TrackType.VIDEO : TrackType.AUDIO,
    source: kind === "video" ? TrackSource.CAMERA : TrackSource.MICROPHONE,
    layers: kind === "video" ? [...LAYERS] : [],
    encryption: Encryption_Type.GCM,
  });
  client.send({ case: "addTrack", value });
}

/** Publishes and returns the sids in the same order. */
export async function publish(client: SignalClient, sections: readonly OfferedSection[], id = 1): Promise<string[]> {
  for (const section of sections) announce(client, section);
  client.send({ case: "offer", value: new SessionDescription({ type: "offer", sdp: publisherOffer(sections), id }) });
  await client.next("answer", (answer) => answer.id === id);
  const all = client.all("trackPublished");
  return sections.map(({ cid }) => all.findLast((each) => each.cid === cid)?.track?.sid ?? "");
}
