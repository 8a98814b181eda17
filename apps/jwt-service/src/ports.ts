import type { Clock, Logger } from "@conclave/kit";

export interface JwtServiceConfig {
  /** WebSocket URL of the SFU as clients reach it; returned as `url`. */
  readonly livekitUrl: string;
  readonly livekitKey: string;
  /** At least 32 bytes, except where the drop-in suite needs a shorter one. */
  readonly livekitSecret: string;
  /** Server names whose users may cause rooms to be created; `*` for all. */
  readonly fullAccessHomeservers: readonly string[];
}

/** An OpenID token as a client hands it over: still to be checked. */
export interface OpenIdToken {
  readonly accessToken: string;
  readonly serverName: string;
}

export interface JwtServiceDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Resolves an OpenID token to the user id that the named homeserver gives for it; `undefined` if it refuses. */
  readonly openIdUser: (token: OpenIdToken) => Promise<string | undefined>;
  /** Makes sure the room exists on the SFU before the token is returned. */
  readonly createRoom: (room: string) => Promise<void>;
}

/** The MatrixRTC authorisation service as a function of a request. Knows no path prefix. */
export interface JwtService {
  fetch(request: Request, remoteAddress: string): Promise<Response>;
  close(): Promise<void>;
}
