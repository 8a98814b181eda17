import { RoomServiceClient } from "livekit-server-sdk";

import type { JwtServiceConfig, JwtServiceDeps } from "../ports.ts";

/** Seconds that a room without participants is kept before anybody came. */
const EMPTY_TIMEOUT_SECONDS = 300;
/** Seconds that a room is kept after the last participant left. */
const DEPARTURE_TIMEOUT_SECONDS = 20;

/** Makes rooms through the SFU's room service, at the HTTP form of the WebSocket URL. */
export function roomsOverTwirp(
  config: Pick<JwtServiceConfig, "livekitUrl" | "livekitKey" | "livekitSecret">,
): JwtServiceDeps["createRoom"] {
  const rooms = new RoomServiceClient(
    config.livekitUrl.replace(/^ws/, "http"),
    config.livekitKey,
    config.livekitSecret,
  );
  return async (name) => {
    await rooms.createRoom({
      name,
      emptyTimeout: EMPTY_TIMEOUT_SECONDS,
      departureTimeout: DEPARTURE_TIMEOUT_SECONDS,
      maxParticipants: 0,
    });
  };
}
