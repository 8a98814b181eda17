export type { DelayId, DeviceId, EventId, RoomId, UserId } from "./ids.ts";
export type {
  DeliveryOutcome,
  DeviceAddress,
  MatrixFeatures,
  MatrixPort,
  MatrixSelf,
  OpenIdToken,
  RawEvent,
  RoomMemberProfile,
  RoomView,
  ToDeviceMessage,
} from "./ports.ts";
export { MatrixRtcError } from "./errors.ts";
export type { MatrixRtcErrorCode, MatrixRtcErrorOptions, TriedRoute } from "./errors.ts";
export { ROOM_CALL_SLOT } from "./model.ts";
export type { CallIntent, RtcMember, RtcTransport, SlotDescription } from "./model.ts";
export { openRtcSession } from "./RtcSession.ts";
export type { RtcSession, RtcSessionDeps, RtcSessionOptions } from "./RtcSession.ts";
export type { RtcSelf, RtcSessionState } from "./sessionModel.ts";
export { discoverTransports } from "./transport/discoverTransports.ts";
export type { DiscoverTransportsDeps } from "./transport/discoverTransports.ts";
