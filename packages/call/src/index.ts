export { joinCall } from "./joinCall.ts";
export { openLobby } from "./openLobby.ts";
export type { Lobby, LobbyOptions, Prepared } from "./openLobby.ts";
export type { CallDeps } from "./deps.ts";
export { CallError } from "./errors.ts";
export { NO_CALL_STATISTICS } from "./callStatistics.ts";
export type { CallErrorCode } from "./errors.ts";
export type {
  AccountStore,
  MatrixHttpOptions,
  MatrixLogin,
  MatrixSession,
  OpenMatrixSession,
  StoredAccount,
} from "./matrixAccount.ts";
export type {
  Call,
  CallHand,
  CallMember,
  CallState,
  CallStatistics,
  CallTrack,
  CallTrust,
  DecryptionState,
  JoinOptions,
  JoinStep,
  LeaveReason,
  LobbyRing,
  LobbyView,
  RosterDifference,
} from "./model.ts";
export type { DeviceTrust, KeyPair, OwnKeyState, TrustPolicy } from "@conclave/frame-keys";
export type { OutgoingRing, Pickup, PickupAnswer } from "@conclave/matrix-rtc";
export type { SfuAuthorizer } from "./authorizeSfu.ts";
export type {
  PublishOptions,
  SfuClient,
  SfuConnection,
  SfuConnectionState,
  SfuConnectOptions,
  SfuGrant,
  SfuLocalTrack,
  SfuParticipant,
  SfuPublication,
  TrackGuard,
  TrackSource,
} from "./sfu/ports.ts";
