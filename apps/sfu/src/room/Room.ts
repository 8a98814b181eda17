import { type Clock, type Logger, Scope } from "@conclave/kit";
import { DisconnectReason, LeaveRequest, LeaveRequest_Action, ParticipantUpdate, RoomUpdate } from "@livekit/protocol";

import type { DataMessage } from "../data/DataUplink.ts";
import { tryStampPacket } from "../data/stampPacket.ts";
import type { SfuError } from "../errors.ts";
import type { MediaRoom } from "../media/MediaPlane.ts";
import type { PublisherAnswer, StartedTrack } from "../negotiation/PublisherPeer.ts";
import type { TappedPacket } from "../ports.ts";
import type { ServerMessage } from "../signal/SignalSink.ts";
import { participantInfo, roomInfo } from "./announce.ts";
import { Dynacast } from "./Dynacast.ts";
import type { Participant } from "./Participant.ts";
import { settingsFor } from "./settingsFor.ts";
import type { Track } from "./Track.ts";

export interface RoomDeps {
  readonly clock: Clock;
  readonly randomBytes: (lengthBytes: number) => Uint8Array;
  readonly logger: Logger;
  readonly tap?: (packet: TappedPacket) => void;
  /** The last participant has left, or the first one has come. */
  readonly occupancyChanged: (room: Room) => void;
}

export interface RoomInit {
  readonly sid: string;
  readonly name: string;
  readonly createdAtMs: number;
  readonly media: MediaRoom;
}

/** Who is in a room, and who gets what from whom. */
export class Room {
  readonly sid: string;
  readonly name: string;
  readonly createdAtMs: number;
  readonly media: MediaRoom;
  readonly deps: RoomDeps;
  readonly scope: Scope = new Scope();
  /** By identity. Bounded by the admission. */
  readonly #members = new Map<string, Participant>();
  readonly #dynacast: Dynacast;
  #isClosed = false;

  constructor(deps: RoomDeps, { sid, name, createdAtMs, media }: RoomInit) {
    this.deps = deps;
    this.#dynacast = new Dynacast({ clock: deps.clock, scope: this.scope });
    this.sid = sid;
    this.name = name;
    this.createdAtMs = createdAtMs;
    this.media = media;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  get participants(): readonly Participant[] {
    return [...this.#members.values()];
  }

  participant(sid: string): Participant | undefined {
    return this.participants.find((each) => each.sid === sid);
  }

  /** Takes a participant in; an older one of the same identity is sent away first. */
  add(participant: Participant): void {
    const older = this.#members.get(participant.identity);
    if (older) this.remove(older, DisconnectReason.DUPLICATE_IDENTITY);
    this.#members.set(participant.identity, participant);
    this.#announceRoom(participant);
    this.deps.occupancyChanged(this);
  }

  /** Ends a participant, tells it why and what to do, and tells the others. Idempotent. */
  remove(participant: Participant, reason: DisconnectReason, action = LeaveRequest_Action.DISCONNECT): void {
    if (this.#members.get(participant.identity) !== participant) return;
    this.#members.delete(participant.identity);
    participant.disconnectReason = reason;
    if (reason !== DisconnectReason.CLIENT_INITIATED) {
      const canReconnect = action !== LeaveRequest_Action.DISCONNECT;
      participant.send({ case: "leave", value: new LeaveRequest({ reason, action, canReconnect }) });
    }
    for (const track of participant.tracks.values()) this.#withdraw(track);
    void participant.end();
    this.announce(participant);
    for (const each of this.#members.values()) {
      for (const track of each.tracks.values()) this.#reconsiderLayers(each, track);
    }
    this.#announceRoom();
    this.deps.logger.info("participant left", { room: this.sid, participant: participant.sid, reason });
    this.deps.occupancyChanged(this);
  }

  /** Ends a participant whose connection cannot go on; the client starts anew where that can help. */
  fail(participant: Participant, error: SfuError): void {
    this.deps.logger.warn("session failed", { room: this.sid, participant: participant.sid, code: error.code });
    this.remove(participant, DisconnectReason.STATE_MISMATCH, LeaveRequest_Action.RECONNECT);
  }

  /** The client receives: it is really here. */
  activate(participant: Participant): void {
    if (participant.state !== "joined") return;
    participant.state = "active";
    this.announce(participant, { includeSelf: true });
  }

  /** Tells the present state of a participant to the others, and to itself where it has to know. */
  announce(participant: Participant, { includeSelf = false }: { includeSelf?: boolean } = {}): void {
    const update = new ParticipantUpdate({ participants: [participantInfo(participant)] });
    const message: ServerMessage = { case: "update", value: update };
    if (includeSelf) participant.send(message);
    if (!participant.grant.isHidden) this.broadcast(message, participant);
  }

  broadcast(message: ServerMessage, except?: Participant): void {
    // Everybody is on the way out and told so; who else leaves is no news.
    if (this.#isClosed) return;
    for (const each of this.#members.values()) if (each !== except) each.send(message);
  }

  /** Whoever else is visible, for the join response and for resumes. */
  visibleTo(participant: Participant): readonly Participant[] {
    return this.participants.filter((each) => each !== participant && !each.grant.isHidden);
  }

  findTrack(trackSid: string): { readonly publisher: Participant; readonly track: Track } | undefined {
    for (const publisher of this.#members.values()) {
      const track = publisher.tracks.get(trackSid);
      if (track) return { publisher, track };
    }
    return undefined;
  }

  /** After an answer has been sent: what it started is offered to the others, what it stopped withdrawn. */
  async applyAnswer(participant: Participant, { started, stopped }: PublisherAnswer): Promise<void> {
    for (const sid of stopped) this.#drop(participant, sid);
    for (const each of started) await this.#publish(participant, each);
    if (started.length + stopped.length === 0) return;
    this.announce(participant, { includeSelf: true });
    for (const { sid } of started) this.reconcileTrack(sid);
  }

  /** Takes a track back on the server's side. */
  unpublish(participant: Participant, trackSid: string): void {
    participant.media?.publisher.stop(trackSid);
    this.#drop(participant, trackSid);
    this.announce(participant, { includeSelf: true });
  }

  /** Brings everybody's subscription of one track in line with what they want and may have. */
  reconcileTrack(trackSid: string): void {
    for (const each of this.#members.values()) this.reconcile(each, trackSid);
  }

  /** Brings all subscriptions of one participant in line. */
  reconcileAll(subscriber: Participant): void {
    for (const publisher of this.#members.values()) {
      for (const sid of publisher.tracks.keys()) this.reconcile(subscriber, sid);
    }
  }

  reconcile(subscriber: Participant, trackSid: string): void {
    const found = this.findTrack(trackSid);
    const peer = subscriber.media?.subscriber;
    if (!found || !peer || found.publisher === subscriber) return;
    const { publisher, track } = found;
    const settings = settingsFor(subscriber, publisher, track);
    if (settings && track.producer) {
      const { producer, kind } = track;
      const isStereo = track.request.stereo;
      peer.subscribe({ participantSid: publisher.sid, trackSid, kind, isStereo, producer }, settings);
      peer.configure(trackSid, settings);
    } else peer.unsubscribe(trackSid);
    this.#reconsiderLayers(publisher, track);
  }

  /** Forwards a data packet to those it is for. */
  forwardData(sender: Participant, message: DataMessage): void {
    if (!sender.grant.canPublishData) return;
    const packet = tryStampPacket(message, sender);
    if (!packet) return;
    if (message.channel === "reliable" && packet.sequence > 0) {
      // A resumed client sends again what it is not sure about.
      if (packet.sequence <= sender.lastDataSequence) return;
      sender.lastDataSequence = packet.sequence;
    }
    const { toIdentities, toSids, payload } = packet;
    const isForAll = toIdentities.length + toSids.length === 0;
    for (const each of this.#members.values()) {
      const isMeant = isForAll || toIdentities.includes(each.identity) || toSids.includes(each.sid);
      if (each !== sender && isMeant && each.grant.canSubscribe) each.media?.downlink.send(message.channel, payload);
    }
  }

  /** What has to see the packets of a track, in tests. */
  tapFor(participant: Participant, track: Track): ((packet: Buffer) => void) | undefined {
    const { tap, clock } = this.deps;
    if (!tap) return undefined;
    const { kind, sid: trackSid } = track;
    const base = { room: this.name, identity: participant.identity, trackSid, kind };
    return (payload) => tap({ ...base, mimeType: track.mimeType, payload, receivedAtMs: clock.nowMs() });
  }

  /** Sends everybody away and ends the media. */
  close(reason: DisconnectReason, action: LeaveRequest_Action): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const each of this.participants) this.remove(each, reason, action);
    this.media.close();
    void this.scope.end();
    this.deps.logger.info("room closed", { room: this.sid });
  }

  #reconsiderLayers(publisher: Participant, track: Track): void {
    if (track.kind === "video" && track.isPublished) {
      this.#dynacast.reconsider({ track, publisher, highestWanted: () => this.#highestWanted(publisher, track) });
    }
  }

  #highestWanted(publisher: Participant, track: Track): number {
    const wanted = this.participants.flatMap((each) => {
      const settings = each === publisher ? undefined : settingsFor(each, publisher, track);
      return settings?.layers && !settings.isDisabled ? [settings.layers.spatial] : [];
    });
    return Math.max(-1, ...wanted);
  }

  #announceRoom(except?: Participant): void {
    this.broadcast({ case: "roomUpdate", value: new RoomUpdate({ room: roomInfo(this) }) }, except);
  }

  async #publish(participant: Participant, { sid, mid, mimeType, producer }: StartedTrack): Promise<void> {
    const track = participant.tracks.get(sid);
    if (!track) return producer.close();
    if (track.isPublished) this.#withdraw(track);
    Object.assign(track, { mid, mimeType, producer });
    if (track.isMuted) await producer.pause();
  }

  #drop(participant: Participant, trackSid: string): void {
    const track = participant.tracks.get(trackSid);
    if (!track) return;
    participant.tracks.delete(trackSid);
    this.#withdraw(track);
  }

  #withdraw(track: Track): void {
    track.producer?.close();
    track.producer = undefined;
    for (const each of this.#members.values()) {
      each.media?.subscriber.unsubscribe(track.sid);
      each.wishes.delete(track.sid);
    }
  }
}
