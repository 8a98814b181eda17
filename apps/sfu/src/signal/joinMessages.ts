import {
  Codec,
  JoinResponse,
  LeaveRequest,
  LeaveRequest_Action,
  DisconnectReason,
  ServerInfo,
} from "@livekit/protocol";

import { participantInfo, roomInfo } from "../room/announce.ts";
import type { Participant } from "../room/Participant.ts";
import type { Room } from "../room/Room.ts";
import type { ServerMessage } from "./SignalSink.ts";

/** LiveKit's version whose behaviour we show: clients switch features by it. */
const API_VERSION = "1.13.5";
const API_PROTOCOL = 17;
const PING_TIMEOUT_SECONDS = 15;
const PING_INTERVAL_SECONDS = 5;
/** The first video codec is what clients fall back to. */
const CODECS = ["video/VP8", "video/VP9", "video/H264", "audio/opus"];

/** What the server says about itself. */
export function serverInfo(nodeId: string): ServerInfo {
  return new ServerInfo({ version: API_VERSION, protocol: API_PROTOCOL, nodeId });
}

/** The first message of a fresh session. */
export function joinMessage(room: Room, participant: Participant, nodeId: string): ServerMessage {
  const info = serverInfo(nodeId);
  const value = new JoinResponse({
    room: roomInfo(room),
    participant: participantInfo(participant),
    otherParticipants: room.visibleTo(participant).map(participantInfo),
    serverVersion: info.version,
    serverInfo: info,
    subscriberPrimary: participant.grant.canSubscribe,
    pingTimeout: PING_TIMEOUT_SECONDS,
    pingInterval: PING_INTERVAL_SECONDS,
    enabledPublishCodecs: CODECS.map((mime) => new Codec({ mime })),
    fastPublish: participant.grant.canPublish,
  });
  return { case: "join", value };
}

/** Tells a client that its session is lost and that it may begin a new one at once. */
export function startAnewMessage(): ServerMessage {
  const value = new LeaveRequest({
    reason: DisconnectReason.STATE_MISMATCH,
    action: LeaveRequest_Action.RECONNECT,
    canReconnect: true,
  });
  return { case: "leave", value };
}
