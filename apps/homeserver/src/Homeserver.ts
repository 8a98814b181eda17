import type { Clock, Logger } from "@conclave/kit";

import type { HomeserverLimits } from "./config.ts";

export interface HomeserverConfig {
  /** The part after the colon in user ids. Fixed for the life of the data. */
  readonly serverName: string;
  /** Where clients reach this server, without trailing slash; used in `.well-known`. */
  readonly publicUrl: string;
  /** SQLite file; `:memory:` in tests. */
  readonly databasePath: string;
  /** Service URLs given to clients as RTC transports. */
  readonly livekitServiceUrls: readonly string[];
  /** Rates, sizes and ages; what is left out has the default of `config.ts`. */
  readonly limits?: Partial<HomeserverLimits>;
}

export interface HomeserverDeps {
  readonly clock: Clock;
  readonly randomBytes: (lengthBytes: number) => Uint8Array;
  readonly logger: Logger;
}

/** A homeserver as a function of a request, plus its lifetime. */
export interface Homeserver {
  /** Answers `/_matrix/*` and `/.well-known/matrix/*`. `remoteAddress` is the key of rate limits. */
  fetch(request: Request, remoteAddress: string): Promise<Response>;
  /** What `GET /_matrix/federation/v1/openid/userinfo` answers, without HTTP. */
  openIdUser(accessToken: string): string | undefined;
  /** Whether the user is in the room now; false for rooms that do not exist. */
  isJoined(roomId: string, userId: string): boolean;
  close(): Promise<void>;
}
