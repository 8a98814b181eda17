import { DisconnectReason, ParticipantUpdate, ReconnectResponse, RoomUpdate } from "@livekit/protocol";

import { SfuError } from "../errors.ts";
import { participantInfo, roomInfo } from "../room/announce.ts";
import { every } from "../room/every.ts";
import { connectMedia } from "../room/connectMedia.ts";
import type { Participant } from "../room/Participant.ts";
import type { Room } from "../room/Room.ts";
import { dispatch } from "./handlers/dispatch.ts";
import { joinMessage, serverInfo } from "./joinMessages.ts";
import { TokenBucket } from "../TokenBucket.ts";
import { awaitReturn } from "./awaitReturn.ts";
import { refreshToken, sendToken } from "./refreshToken.ts";
import type { SignalSession } from "./SignalSession.ts";

/** A participant whose connection never comes up is sent away after this. */
const CONNECT_TIMEOUT_MS = 60_000;
/** A client that shows another page of a large room says something about each of hundreds of tracks. */
const BURST_SECONDS = 10;
const WEBSOCKET_PROBE_MS = 15_000;

/** One participant's session on one socket. */
export interface SessionDeps {
  readonly room: Room;
  readonly participant: Participant;
  readonly session: SignalSession;
  readonly nodeId: string;
  readonly apiKeys: Readonly<Record<string, string>>;
}

/** Starts a fresh session: join message, connections, first offer, then requests in order. */
export function startSession(deps: SessionDeps): void {
  const { room, participant, nodeId } = deps;
  room.add(participant);
  participant.send(joinMessage(room, participant, nodeId));
  room.announce(participant);
  refreshToken(room.deps, participant, deps.apiKeys);
  enqueue(deps, async () => {
    const media = await connectMedia(room, participant);
    if (participant.state === "disconnected") {
      media.publisher.close();
      media.subscriber.close();
      return;
    }
    participant.media = media;
    room.reconcileAll(participant);
    media.subscriber.start();
    const cancel = room.deps.clock.after(CONNECT_TIMEOUT_MS, () => {
      if (participant.state === "joined") room.remove(participant, DisconnectReason.JOIN_FAILURE);
    });
    participant.scope.onEnd(cancel);
  });
  attach(deps);
}

/** Continues a session on a new socket. `reconnect` has to be the first message. */
export function resumeSession(deps: SessionDeps): void {
  const { room, participant, session, nodeId } = deps;
  participant.attach(session);
  const lastMessageSeq = participant.lastDataSequence;
  const value = new ReconnectResponse({ serverInfo: serverInfo(nodeId), lastMessageSeq });
  participant.send({ case: "reconnect", value });
  const everybody = [participant, ...room.visibleTo(participant)].map(participantInfo);
  participant.send({ case: "update", value: new ParticipantUpdate({ participants: everybody }) });
  participant.send({ case: "roomUpdate", value: new RoomUpdate({ room: roomInfo(room) }) });
  // The one that the client has may end soon: it was given before the socket was lost.
  sendToken(room.deps, participant, deps.apiKeys);
  enqueue(deps, () => participant.media?.subscriber.restart());
  attach(deps);
}

function attach(deps: SessionDeps): void {
  const { room, participant, session } = deps;
  const { clock, logger } = room.deps;
  const life = participant.scope.child();
  const { signalRequestsPerSecond: rate } = room.deps.limits;
  const budget = new TokenBucket(clock, rate, rate * BURST_SECONDS);
  session.start({
    received: (request) => {
      if (budget.take() > 0) return violate(deps, new SfuError("client_too_fast", "Too many requests a second"));
      enqueue(deps, () => dispatch({ room, participant, clock }, request));
    },
    violated: (error) => violate(deps, error),
    closed: () => {
      void life.end();
      if (participant.sink !== session) return;
      participant.detach(session);
      logger.debug("signalling socket closed", { participant: participant.sid });
      awaitReturn(participant, clock, () => room.remove(participant, DisconnectReason.SIGNAL_CLOSE));
    },
  });
  every(clock, WEBSOCKET_PROBE_MS, life, () => session.probe());
}

function enqueue(deps: SessionDeps, task: () => Promise<void> | void): void {
  deps.participant.mailbox.run(task).catch((cause: unknown) => {
    const error = cause instanceof SfuError ? cause : new SfuError("media_failed", "A request failed", { cause });
    if (error.code === "ended") return;
    if (error.code === "sdp_malformed" || error.code === "client_too_fast") violate(deps, error);
    else deps.room.fail(deps.participant, error);
  });
}

/** What the client sends makes no sense: its session ends, with the code as the reason of the socket's end. */
function violate({ room, participant, session }: SessionDeps, error: SfuError): void {
  room.deps.logger.warn("client breaks the protocol", { participant: participant.sid, code: error.code });
  session.refuse(error);
  participant.detach(session);
  room.remove(participant, DisconnectReason.STATE_MISMATCH);
}
