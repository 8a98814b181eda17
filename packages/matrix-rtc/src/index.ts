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
