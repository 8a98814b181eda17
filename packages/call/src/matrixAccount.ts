import type { Clock, Logger, ReadonlySignal, Scope, Secret } from "@conclave/kit";
import type { MatrixPort, RoomId, UserId } from "@conclave/matrix-rtc";

import type { SyncWay } from "./adapters/http/SyncSource.ts";

/** What is kept on this browser or disk for an account. `accessToken`, `refreshToken` and `password` are secrets. */
export interface StoredAccount {
  readonly homeserverUrl: string;
  readonly userId: string;
  readonly deviceId: string;
  readonly accessToken: string;
  /**
   * Of accounts that this app made: lets it log in again, as a new device, when the crypto store was wiped or the
   * token has ended. The user keeps its rooms and its name; without it a new guest is registered (ADR 0002).
   */
  readonly password?: string;
  readonly displayName?: string;
  /** Renews the access token, which then ends at `expiresAtMs`. Each renewal replaces both: save all that you are given. */
  readonly refreshToken?: string;
  readonly expiresAtMs?: number;
}

/** How somebody with an account of their own logs in. */
export type MatrixLogin =
  /** `user` is the whole user id, or what is before its colon. */
  | { readonly type: "password"; readonly user: string; readonly password: Secret<string> }
  /** A token that opens once, as single sign-on or another device hands out. */
  | { readonly type: "token"; readonly token: Secret<string> }
  /** The access token of a device that has published no keys yet: those of a device cannot move. */
  | { readonly type: "access_token"; readonly accessToken: Secret<string> };

/** Where an account is kept between visits: local storage in the web app, a file for bots. */
export interface AccountStore {
  load(): Promise<StoredAccount | undefined>;
  save(account: StoredAccount): Promise<void>;
  clear(): Promise<void>;
}

export interface MatrixHttpOptions {
  readonly homeserverUrl: string;
  readonly account: AccountStore;
  /** Name of the crypto store: an IndexedDB name in browsers, ignored by the in-memory store of Node. */
  readonly cryptoStoreName: string;
  readonly fetch: typeof globalThis.fetch;
  readonly logger: Logger;
  /**
   * Whom to be. A stored account is used if it is the one meant; a login `token` always opens a new device. Without it:
   * the stored account, else a guest.
   */
  readonly login?: MatrixLogin;
  /** How to ask for news: `auto` (sliding sync where the homeserver has it) unless told otherwise. */
  readonly sync?: SyncWay;
  /** The system's clock unless told otherwise. */
  readonly clock?: Clock;
  /** WebCrypto's random numbers unless told otherwise. Names and passwords of guests come from here. */
  readonly randomBytes?: (lengthBytes: number) => Uint8Array<ArrayBuffer>;
}

/** What the standalone app needs of an account besides the `MatrixPort` that a call needs. */
export interface MatrixSession extends MatrixPort {
  readonly displayName: ReadonlySignal<string>;
  setDisplayName(name: string): Promise<void>;
  /** Makes an encrypted, link-joinable room for calls; the alias' local part is the link id. */
  createCallRoom(options: { readonly linkId: string; readonly name?: string }): Promise<RoomId>;
  /** Resolves `#linkId:server` and joins. @throws {MatrixRtcError} `not_found`, `forbidden` */
  joinByLink(linkId: string): Promise<RoomId>;
  joinRoom(roomIdOrAlias: string): Promise<RoomId>;
  readonly userId: UserId;
}

/** Opens a session: as `login` says, else the stored account if it still works, else a new guest. Ends with the scope. */
export type OpenMatrixSession = (options: MatrixHttpOptions, scope: Scope) => Promise<MatrixSession>;
