import type { AccountStore, StoredAccount } from "@conclave/call";
import type { Clock, Logger, Secret } from "@conclave/kit";

import type { GivenAccount } from "./accounts/parseAccountsFile.ts";

export interface TargetDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Cryptographically strong; names and passwords of accounts come from here. */
  readonly randomBytes: (lengthBytes: number) => Uint8Array<ArrayBuffer>;
  readonly fetch: typeof globalThis.fetch;
  /** All addresses of a host name. @see adapters/resolveHost.ts */
  readonly resolve: (host: string) => Promise<readonly string[]>;
}

export interface TargetOptions {
  /** A homeserver, or a link to a room; without it a stack is started and ended. */
  readonly url?: string;
  /** The person says that the server is theirs: hosts on the internet are then loaded too. */
  readonly ownsServer?: boolean;
  /** Synapse's `registration_shared_secret`. */
  readonly sharedSecret?: Secret<string>;
  /** Accounts to use instead of making any. The first also makes the room. */
  readonly accounts?: readonly GivenAccount[];
  /** Used where the homeserver names no SFU. */
  readonly fallbackServiceUrl?: string;
  /** Origin of the web app that browser bots open, where it is not the homeserver's. */
  readonly webAppUrl?: string;
  /** Processes on this machine whose CPU is to be sampled, where the stack is not ours. */
  readonly processes?: readonly TargetProcess[];
  /** Embedded only: cores that the stack is held to, as `taskset -c` takes them. */
  readonly pin?: string;
}

export interface TargetProcess {
  /** `stack`, `sfu-worker`, `livekit`, `synapse`, …: what a graph calls it. */
  readonly part: string;
  readonly pid: number;
}

export interface TargetRoom {
  readonly roomId: string;
  /** Local part of its alias. */
  readonly linkId?: string;
}

export interface RoomWish {
  readonly isEncrypted: boolean;
  /** User ids to invite; the room can be joined without an invitation all the same. */
  readonly members?: readonly string[];
}

/** Something that the swarm made and could not, or was told not to, remove. */
export interface Leftover {
  readonly kind: "account" | "device" | "room" | "data";
  /** User, device or room id, or a path: what somebody needs to remove it by hand. */
  readonly id: string;
  /** One sentence without a full stop. */
  readonly reason: string;
}

/** What a swarm is let loose on. */
export interface Target {
  readonly kind: "embedded" | "homeserver" | "link";
  readonly homeserverUrl: string;
  readonly webAppUrl?: string;
  readonly fallbackServiceUrl?: string;
  /**
   * The `fetch` that a bot must use: never follows a redirect to another host. Bots of the embedded stack count as
   * clients at different addresses, as people are, so that the limits per address do not hold up the swarm.
   */
  fetchFor(botNumber: number): typeof globalThis.fetch;
  /** Links: the room of the link, whatever is wished. @throws {TargetError} */
  createRoom(wish: RoomWish): Promise<TargetRoom>;
  /**
   * The account of a bot, for `openMatrixHttp`. Empty where that is to register a guest itself.
   *
   * @throws {TargetError} `accounts_used_up`, `wrong_credentials`, `rate_limited`, `unreachable`
   */
  accountFor(botNumber: number): Promise<AccountStore>;
  /**
   * Tells of an account that a bot made or opened elsewhere, such as in a browser, so that it is removed in the end. A
   * lent account stays one.
   */
  noteAccount(botNumber: number, account: StoredAccount): void;
  /** Removes a bot from a room. @throws {TargetError} `not_allowed`, `no_account` */
  kick(botNumber: number, roomId: string): Promise<void>;
  /** Those whose CPU can be sampled; empty where they are not known. */
  processes(): readonly TargetProcess[];
  /** Kills without warning and starts again with the same ports and data. Resolves once it answers. */
  restart?(): Promise<void>;
  /** Milliseconds that the homeserver's clock is ahead of this machine's. @throws {TargetError} `clock_unknown` */
  serverTimeOffsetMs(): Promise<number>;
  /** Removes what was made unless it is to be kept. Never rejects; what is left is returned. */
  close(options: { readonly keep: boolean }): Promise<readonly Leftover[]>;
}
