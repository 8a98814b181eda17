export type { DelayId, DeviceId, EventId, RoomId, UserId } from "./ids.ts";
export type {
  DeliveryOutcome,
  DeviceAddress,
  DeviceFacts,
  MatrixFeatures,
  MatrixPort,
  MatrixSelf,
  OpenIdToken,
  RawEvent,
  RecentEvents,
  RelationQuery,
  RoomEvent,
  RoomMemberProfile,
  RoomView,
  SendOptions,
  ToDeviceMessage,
} from "./ports.ts";
export { CALL_EVENT_TYPES, CALL_EVENTS } from "./callEvents.ts";
export { MatrixRtcError } from "./errors.ts";
export type { MatrixRtcErrorCode, MatrixRtcErrorOptions, TriedRoute } from "./errors.ts";
export { memberKey } from "./memberKey.ts";
export { ROOM_CALL_SLOT } from "./model.ts";
export type {
  CallIntent,
  MembershipLayer,
  NoTransportReason,
  RtcMember,
  RtcTransport,
  SlotDescription,
} from "./model.ts";
export { chooseOwnForm } from "./membership/ownForm.ts";
export type { FallbackReason, OwnForm, OwnFormDeps } from "./membership/ownForm.ts";
export { isSameLeave } from "./membership/heldLeave.ts";
export type { HeldLeave } from "./membership/heldLeave.ts";
export { openRtcSession } from "./RtcSession.ts";
export type { RtcSession, RtcSessionDeps, RtcSessionOptions } from "./RtcSession.ts";
export type { RtcSelf, RtcSessionState } from "./sessionModel.ts";
export { discoverTransports } from "./transport/discoverTransports.ts";
export type { DiscoverTransportsDeps } from "./transport/discoverTransports.ts";
export type { RaisedHand } from "./reactions/HandBook.ts";
export { openReactions } from "./reactions/openReactions.ts";
export type { CallReactions, CallReactionsDeps } from "./reactions/openReactions.ts";
export type { ActiveReaction } from "./reactions/watchReactions.ts";
export type { NotificationKind } from "./ringing/callNotification.ts";
export type { IncomingRing } from "./ringing/findRing.ts";
export type { Pickup, PickupAnswer } from "./ringing/pickup.ts";
export { ringOthers } from "./ringing/ringOthers.ts";
export type { OutgoingRing, RingOptions, RingOthersDeps } from "./ringing/ringOthers.ts";
export { watchRing } from "./ringing/watchRing.ts";
export type { RingingRoom, WatchedRing, WatchRingDeps } from "./ringing/watchRing.ts";
