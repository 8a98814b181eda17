import { type Clock, type Logger, Scope } from "@conclave/kit";
import {
  DisconnectReason,
  LeaveRequest,
  LeaveRequest_Action,
  ParticipantUpdate,
  RoomUpdate,
  SubscriptionError,
  SubscriptionResponse,
  TrackSource,
  TrackSubscribed,
  TrackUnpublishedResponse,
} from "@livekit/protocol";

import type { DataMessage } from "../data/DataUplink.ts";
import { tryStampPacket } from "../data/stampPacket.ts";
import type { SfuLimits } from "../config/limits.ts";
import type { SfuError } from "../errors.ts";
import type { MediaRoom } from "../media/MediaPlane.ts";
import type { PublisherAnswer, StartedTrack } from "../negotiation/PublisherPeer.ts";
import type { TappedPacket } from "../ports.ts";
import type { ServerMessage } from "../signal/SignalSink.ts";
import { participantInfo, roomInfo } from "./announce.ts";
import { Dynacast } from "./Dynacast.ts";
import type { Participant } from "./Participant.ts";
import type { RoomHappening } from "./RoomHappening.ts";
import type { RoomSettings } from "./roomSettings.ts";
import { settingsFor } from "./settingsFor.ts";
import { tellPermission } from "./tellPermission.ts";
import type { Track } from "./Track.ts";

export interface RoomDeps {
  readonly clock: Clock;
  readonly randomBytes: (lengthBytes: number) => Uint8Array;
  readonly logger: Logger;
  readonly tap?: (packet: TappedPacket) => void;
  readonly limits: SfuLimits;
  readonly happened: (fact: RoomHappening) => void;
  /** The last participant has left, or the first one has come. */
  readonly occupancyChanged: (room: Room) => void;
}

export interface RoomInit {
  readonly sid: string;
  readonly name: string;
  readonly createdAtMs: number;
  readonly media: MediaRoom;
  readonly settings: RoomSettings;
}

/** Who is in a room, and who gets what from whom. */
export class Room {
  readonly sid: string;
  readonly name: string;
  readonly createdAtMs: number;
  readonly media: MediaRoom;
  readonly deps: RoomDeps;
  readonly scope: Scope = new Scope();
  metadata = "";
  settings: RoomSettings;
  /** By identity. Bounded by the admission. */
  readonly #members = new Map<string, Participant>();
  readonly #dynacast: Dynacast;
  #isClosed = false;

  constructor(deps: RoomDeps, { sid, name, createdAtMs, media, settings }: RoomInit) {
    this.deps = deps;
    this.settings = settings;
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

  /** True if nobody else fits in. */
  get isFull(): boolean {
    const { participantsPerRoom } = this.deps.limits;
    return this.#members.size >= Math.min(participantsPerRoom, this.settings.maxParticipants || participantsPerRoom);
  }

  participant(sid: string): Participant | undefined {
    return this.participants.find((each) => each.sid === sid);
  }

  withIdentity(identity: string): Participant | undefined {
    return this.#members.get(identity);
  }

  /** Takes a participant in; an older one of the same identity is sent away first. */
  add(participant: Participant): void {
    const older = this.#members.get(participant.identity);
    if (older) this.remove(older, DisconnectReason.DUPLICATE_IDENTITY);
    this.#members.set(participant.identity, participant);
    this.announceRoom(participant);
    this.deps.happened({ name: "participantJoined", room: this, participant });
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
    for (const track of participant.tracks.values()) this.#withdraw(participant, track);
    void participant.end();
    this.deps.happened({ name: "participantLeft", room: this, participant });
    this.announce(participant);
    for (const each of this.#members.values()) {
      for (const track of each.tracks.values()) this.#reconsiderLayers(each, track);
    }
    this.announceRoom();
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
    participant.wasActive = true;
    this.announce(participant, { includeSelf: true });
    this.deps.happened({ name: "participantActive", room: this, participant });
  }

  /** Tells the present state of a participant to the others, and to itself where it has to know. */
  announce(participant: Participant, { includeSelf = false }: { includeSelf?: boolean } = {}): void {
    const update = new ParticipantUpdate({ participants: [participantInfo(participant)] });
    const message: ServerMessage = { case: "update", value: update };
    if (includeSelf) participant.send(message);
    if (!participant.grant.isHidden) this.broadcast(message, participant);
  }

  /** Tells everybody the present state of the room. */
  announceRoom(except?: Participant): void {
    this.broadcast({ case: "roomUpdate", value: new RoomUpdate({ room: roomInfo(this) }) }, except);
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

  /** Takes a track back on the server's side, and tells its publisher so. */
  unpublish(participant: Participant, trackSid: string): void {
    participant.media?.publisher.stop(trackSid);
    this.#drop(participant, trackSid);
    participant.send({ case: "trackUnpublished", value: new TrackUnpublishedResponse({ trackSid }) });
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
    if (track.isPublished) tellPermission(subscriber, publisher, trackSid);
    const settings = settingsFor(subscriber, publisher, track);
    if (settings && track.producer && this.#admitsSubscription(subscriber, trackSid)) {
      subscriber.received.add(trackSid);
      const { producer, kind } = track;
      const isStereo = track.request.stereo;
      const isScreen = track.request.source === TrackSource.SCREEN_SHARE;
      peer.subscribe({ participantSid: publisher.sid, trackSid, kind, isStereo, isScreen, producer }, settings);
      peer.configure(trackSid, settings);
    } else {
      subscriber.received.delete(trackSid);
      peer.unsubscribe(trackSid);
    }
    this.#reconsiderLayers(publisher, track);
  }

  /** Tells a publisher once that somebody receives its track: what it says now is heard. */
  noteSubscribed(trackSid: string): void {
    const found = this.findTrack(trackSid);
    if (!found || found.track.isReceived) return;
    found.track.isReceived = true;
    found.publisher.send({ case: "trackSubscribed", value: new TrackSubscribed({ trackSid }) });
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
    this.deps.happened({ name: "roomFinished", room: this });
    this.media.close();
    void this.scope.end();
    this.deps.logger.info("room closed", { room: this.sid });
  }

  /** Who receives as many tracks as allowed is told that it does not get this one. */
  #admitsSubscription(subscriber: Participant, trackSid: string): boolean {
    const { received } = subscriber;
    if (received.has(trackSid) || received.size < this.deps.limits.subscriptionsPerParticipant) return true;
    const value = new SubscriptionResponse({ trackSid, err: SubscriptionError.SE_UNKNOWN });
    subscriber.send({ case: "subscriptionResponse", value });
    return false;
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

  async #publish(participant: Participant, { sid, mid, mimeType, producer }: StartedTrack): Promise<void> {
    const track = participant.tracks.get(sid);
    if (!track) return producer.close();
    if (track.isPublished) this.#withdraw(participant, track);
    Object.assign(track, { mid, mimeType, producer });
    if (track.isMuted) await producer.pause();
    this.deps.happened({ name: "trackPublished", room: this, participant, track });
  }

  #drop(participant: Participant, trackSid: string): void {
    const track = participant.tracks.get(trackSid);
    if (!track) return;
    participant.tracks.delete(trackSid);
    this.#withdraw(participant, track);
  }

  #withdraw(participant: Participant, track: Track): void {
    if (track.isPublished) this.deps.happened({ name: "trackUnpublished", room: this, participant, track });
    track.producer?.close();
    track.producer = undefined;
    for (const each of this.#members.values()) {
      each.media?.subscriber.unsubscribe(track.sid);
      each.received.delete(track.sid);
      each.wishes.delete(track.sid);
      each.denied.delete(track.sid);
    }
  }
}
