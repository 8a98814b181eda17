export { joinCall } from "./joinCall.ts";
export { openLobby } from "./openLobby.ts";
export type { Lobby, LobbyOptions, Prepared } from "./openLobby.ts";
export type { CallDeps } from "./deps.ts";
export { CallError } from "./errors.ts";
export type { CallErrorCode } from "./errors.ts";
export type {
  AccountStore,
  MatrixHttpOptions,
  MatrixSession,
  OpenMatrixSession,
  StoredAccount,
} from "./matrixAccount.ts";
export type {
  Call,
  CallMember,
  CallState,
  CallStatistics,
  CallTrack,
  CallTrust,
  DecryptionState,
  JoinOptions,
  JoinStep,
  LobbyView,
} from "./model.ts";
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
