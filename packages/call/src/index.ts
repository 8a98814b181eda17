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
