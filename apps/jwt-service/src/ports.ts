import type { Clock, Logger } from "@conclave/kit";

import type { GrantRules } from "./grant/grantPolicy.ts";
import type { SigningKey } from "./grant/signGrant.ts";
import type { Answered, Asked } from "./http/exchange.ts";
import type { DelayedEvents, JobStore } from "./leave/ports.ts";
import type { SfuRooms } from "./sfu.ts";

export interface JwtServiceConfig extends GrantRules, SigningKey {
  /** WebSocket URL of the SFU as clients reach it; returned as `url`. */
  readonly livekitUrl: string;
  readonly limits?: Partial<GrantLimits>;
  /** How often the SFU is asked about participants with a delegated leave; `auto`: often until webhooks arrive. 0 = never. */
  readonly sanityIntervalMs?: number | "auto";
}

/** How many grants are given; 0 = no limit. */
export interface GrantLimits {
  /** For one user of a homeserver without full access. Also bounds how often one OpenID token is taken. */
  readonly userPerMinute: number;
  /** For one user of a homeserver with full access. */
  readonly ownUserPerMinute: number;
  /** For all users of one homeserver without full access. */
  readonly serverPerMinute: number;
  /** For everybody together. */
  readonly perSecond: number;
}

/** An OpenID token as a client hands it over: still to be checked. */
export interface OpenIdToken {
  readonly accessToken: string;
  readonly serverName: string;
}

/** What the service asks of homeservers. */
export interface Homeservers {
  /** The user id that the named homeserver gives for the token, as it gave it. @throws {LookUpFault} */
  openIdUser(token: OpenIdToken): Promise<string>;
  /** Whether the user is joined to the room; absent where no homeserver lets us ask. */
  membership?(member: MatrixMember): Promise<"joined" | "absent" | "unknown">;
  /** Proves that the homeserver is reachable, for the self-check. Rejects if it is not. */
  probe?(serverName: string): Promise<{ readonly skewMs: number | undefined }>;
}

export interface MatrixMember {
  readonly userId: string;
  readonly roomId: string;
  readonly serverName: string;
}

/** A token that nobody vouched for. */
export class LookUpFault extends Error {
  override readonly name = "LookUpFault";
  /** `unreachable`: no answer. `refused`: an answer that does not vouch. */
  readonly reason: "unreachable" | "refused";
  /** For the log: what went wrong, without addresses and tokens. */
  readonly detail: string;

  constructor(reason: "unreachable" | "refused", detail: string) {
    super(detail);
    this.reason = reason;
    this.detail = detail;
  }
}

export interface JwtServiceDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  /** A number in [0, 1): spreads retries. */
  readonly random: () => number;
  readonly homeservers: Homeservers;
  readonly delayedEvents: DelayedEvents;
  readonly sfu: SfuRooms;
  /** Where delegated leaves outlive the process; by default nowhere. */
  readonly jobStore?: JobStore;
}

/** The MatrixRTC authorisation service as a function of a request. Knows no path prefix. */
export interface JwtService {
  fetch(request: Request, remoteAddress: string): Promise<Response>;
  /** The same without web objects, for servers of Node: see `toListener`. */
  answer(asked: Asked): Promise<Answered>;
  /** Goes on with the delegated leaves of an earlier process; to be called once, before the first request. */
  restore(): Promise<void>;
  /** Stores all delegated leaves again, for a store that lost some. */
  storeAgain(): Promise<void>;
  /** Says what is wrong with the installation, one sentence each; empty if nothing is. */
  selfCheck(): Promise<readonly Finding[]>;
  /** In Prometheus' text format. */
  metrics(): string;
  close(): Promise<void>;
}

/** Something that is wrong with the installation. */
export interface Finding {
  readonly check: SelfCheckName;
  /** One sentence for the operator: what is wrong, and what to do. */
  readonly sentence: string;
}

export type SelfCheckName =
  | "sfu_unreachable"
  | "secret_refused"
  | "clock_off"
  | "auto_create_on"
  | "homeserver_unreachable"
  | "webhook_missing"
  | "webhook_refused";
