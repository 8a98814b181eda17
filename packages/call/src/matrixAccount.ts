import type { Clock, Logger, ReadonlySignal, Scope } from "@conclave/kit";
import type { MatrixPort, RoomId, UserId } from "@conclave/matrix-rtc";

/** What is kept on this browser or disk for an account. `accessToken` and `password` are secrets. */
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
}

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

/** Opens a session: the stored account if it still works, else a new guest account. Ends with the scope. */
export type OpenMatrixSession = (options: MatrixHttpOptions, scope: Scope) => Promise<MatrixSession>;
