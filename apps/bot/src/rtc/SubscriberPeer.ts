import type { Clock, Logger } from "@conclave/kit";
import type { SessionDescription } from "@livekit/protocol";
import { type PeerConnection, RtcpReceivingSession, type Track } from "node-datachannel";

import { guarded, openPeer } from "./openPeer.ts";
import type { ReceivedTracks } from "./ReceivedTracks.ts";
import { isIceLite, readSections, rewriteSections, splitCandidates, withDirection } from "./sdp/sections.ts";

export interface SubscriberPeerDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly tracks: ReceivedTracks;
  /** `answerTaken` is to be called when the server has it. */
  readonly answer: (sdp: string, id: number) => void;
  readonly candidate: (candidate: string, mid: string) => void;
  /** Tracks have come or gone. */
  readonly changed: (trackSids: readonly string[]) => void;
  readonly connected: () => void;
  readonly failed: () => void;
}

interface Offered {
  readonly id: number;
  readonly unusedMids: ReadonlySet<string>;
  readonly isLite: boolean;
}

/**
 * Our end of the peer connection on which we receive: the server offers, we answer.
 *
 * libdatachannel fixes a section's direction when it first sees it. So it is always shown a sending one, and the answer
 * is put right afterwards; whose packets they are is decided by our own reading of the offer.
 *
 * An SFU that is ICE-lite answers our first check before it has read our answer, and drops the DTLS hello that follows:
 * libdatachannel says hello again after 1 s, then after 2. So the server's addresses are kept back until it has the answer.
 *
 * The server's data channels are opened and acknowledged by the native side. They are not asked for, because nobody
 * reads them.
 *
 * @see livekit.md 2.1, 2.3, 2.4
 */
export class SubscriberPeer {
  readonly #deps: SubscriberPeerDeps;
  readonly #tracks: Track[] = [];
  /** Addresses of the server, until it has our first answer. */
  #held: (readonly [candidate: string, mid: string])[] | undefined = [];
  #peer: PeerConnection | undefined;
  #offered: Offered | undefined;
  #isClosed = false;

  constructor(deps: SubscriberPeerDeps) {
    this.#deps = deps;
  }

  /** @throws {Error} if the offer cannot be used */
  offer({ sdp, id, midToTrackId }: SessionDescription): void {
    if (this.#isClosed) return;
    const sections = readSections(sdp);
    const unused = sections.filter(({ kind, isSending }) => kind !== "application" && !isSending);
    const unusedMids = new Set(unused.map(({ mid }) => mid));
    this.#offered = { id, unusedMids, isLite: isIceLite(sdp) };
    this.#deps.changed(this.#deps.tracks.follow(sections, midToTrackId));
    this.#peer ??= this.#open();
    const shown = rewriteSections(sdp, (lines, mid) => {
      const reachable = this.#held ? this.#keepBack(lines, mid) : [...lines];
      return unusedMids.has(mid) ? withDirection(reachable, "sendonly") : reachable;
    });
    this.#peer.setRemoteDescription(shown, "offer");
  }

  addCandidate(candidate: string, mid: string): void {
    if (this.#held) this.#held.push([candidate, mid]);
    else this.#peer?.addRemoteCandidate(candidate, mid);
  }

  /** The server has our answer. Idempotent. */
  answerTaken(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    if (this.#isClosed) return;
    for (const [candidate, mid] of held) this.#peer?.addRemoteCandidate(candidate, mid);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const track of this.#tracks.splice(0)) track.close();
    this.#peer?.close();
  }

  #keepBack(lines: readonly string[], mid: string): string[] {
    const { candidates, others } = splitCandidates(lines);
    this.#held?.push(...candidates.map((candidate) => [candidate, mid] as const));
    return others;
  }

  #open(): PeerConnection {
    const { logger, failed, connected } = this.#deps;
    const peer = openPeer(
      {
        logger,
        described: (sdp) => this.#answer(sdp),
        // Whoever is ICE-lite never looks at ours.
        candidate: (candidate, mid) => this.#offered?.isLite === false && this.#deps.candidate(candidate, mid),
        connected: () => this.#isClosed || connected(),
        failed: () => this.#isClosed || failed(),
      },
      true,
    );
    peer.onTrack(guarded(logger, (track: Track) => this.#receiveOn(track)));
    return peer;
  }

  #receiveOn(track: Track): void {
    const { clock, logger, tracks } = this.#deps;
    if (this.#isClosed) return track.close();
    this.#tracks.push(track);
    // Answers sender reports, in native code, and keeps RTCP away from us.
    track.setMediaHandler(new RtcpReceivingSession());
    track.onMessage(guarded(logger, (packet: Buffer) => tracks.receive(packet, clock.nowMs())));
  }

  #answer(sdp: string): void {
    const offered = this.#offered;
    if (!offered || this.#isClosed) return;
    const { id, unusedMids } = offered;
    this.#deps.answer(
      rewriteSections(sdp, (lines, mid) => (unusedMids.has(mid) ? withDirection(lines, "inactive") : [...lines])),
      id,
    );
  }
}
