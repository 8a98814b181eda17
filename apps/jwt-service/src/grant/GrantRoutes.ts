import type { Clock, Logger } from "@conclave/kit";

import { JwtServiceError } from "../errors.ts";
import type { Asked } from "../http/exchange.ts";
import type { LeaveJobs } from "../leave/LeaveJobs.ts";
import type { DelayedEvents } from "../leave/ports.ts";
import type { GrantGate } from "../limits/GrantGate.ts";
import type { Homeservers, JwtServiceConfig, MatrixMember, OpenIdToken } from "../ports.ts";
import { SfuCallFailed, type SfuRooms } from "../sfu.ts";
import type { GrantLedger } from "./GrantLedger.ts";
import { accessOf, decideGrant, type Access, type Grant } from "./grantPolicy.ts";
import {
  parseDelegation,
  parseDeviceRequest,
  parseMemberRequest,
  type DelayedLeave,
  type DeviceRequest,
  type MemberRequest,
} from "./grantRequest.ts";
import { hs256Signer, type SignJwt } from "./hs256.ts";
import { identityOf, legacyIdentityOf, roomOf } from "./placeNames.ts";
import { signGrant } from "./signGrant.ts";
import { verifyUser, type VerifyDeps } from "./verifyUser.ts";

/** The slot that the form before MSC4195 stands for. */
const LEGACY_SLOT = "m.call#ROOM";

export interface GrantRoutesDeps extends VerifyDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly homeservers: Homeservers;
  readonly sfu: SfuRooms;
  readonly delayedEvents: DelayedEvents;
  readonly gate: GrantGate;
  readonly ledger: GrantLedger;
  readonly jobs: LeaveJobs;
  readonly onLookUp: (outcome: "ok" | "refused", tookMs: number) => void;
  readonly onRoomCreated: () => void;
}

/** What was decided, for the log: who and where in pseudonyms only. */
export interface Granted {
  readonly body: object;
  readonly access: Access;
  readonly server: string;
  readonly room: string;
}

/** Somebody whose identity is proven, and the place on the SFU that is theirs. */
interface Proven {
  readonly member: MatrixMember;
  readonly access: Access;
  readonly room: string;
  readonly identity: string;
  readonly leave: DelayedLeave | undefined;
}

/** Answers the three routes that hand something out. The order of checks is part of the contract: nobody is asked in vain. */
export class GrantRoutes {
  readonly #deps: GrantRoutesDeps;
  readonly #config: JwtServiceConfig;
  readonly #sign: SignJwt;

  constructor(deps: GrantRoutesDeps, config: JwtServiceConfig) {
    this.#deps = deps;
    this.#config = config;
    this.#sign = hs256Signer(config.livekitSecret);
  }

  /** `POST /get_token` */
  async getToken(asked: Asked): Promise<Granted> {
    const request = await parseMemberRequest(asked);
    return this.#grant(await this.#proveMember(request, asked.remoteAddress));
  }

  /** `POST /sfu/get` */
  async sfuGet(asked: Asked): Promise<Granted> {
    const request = await parseDeviceRequest(asked);
    return this.#grant(await this.#proveDevice(request, asked.remoteAddress));
  }

  /** `POST /delegate_delayed_leave` */
  async delegate(asked: Asked): Promise<Granted> {
    const request = await parseDelegation(asked);
    const proven = await this.#proveMember(request, asked.remoteAddress);
    if (proven.access === "restricted") {
      throw new JwtServiceError("delegation_forbidden", "Only users of homeservers with full access may delegate");
    }
    this.#decide(proven, await this.#membership(proven.member));
    await this.#requireClientApi(proven.member.serverName);
    await this.#takeOver(proven, request.leave);
    return granted(proven, {});
  }

  async #proveMember(asked: MemberRequest, remoteAddress: string): Promise<Proven> {
    const { openIdToken, claimedUserId } = asked;
    const { userId, access } = await this.#prove(openIdToken, remoteAddress, claimedUserId);
    const room = roomOf(asked.roomId, asked.slotId);
    const identity = identityOf(userId, asked.claimedDeviceId, asked.memberId);
    const member = { userId, roomId: asked.roomId, serverName: openIdToken.serverName };
    return { member, access, room, identity, leave: asked.leave };
  }

  async #proveDevice(asked: DeviceRequest, remoteAddress: string): Promise<Proven> {
    const { userId, access } = await this.#prove(asked.openIdToken, remoteAddress);
    const member = { userId, roomId: asked.roomId, serverName: asked.openIdToken.serverName };
    const room = roomOf(asked.roomId, LEGACY_SLOT);
    return { member, access, room, identity: legacyIdentityOf(userId, asked.deviceId), leave: asked.leave };
  }

  async #prove(
    token: OpenIdToken,
    remoteAddress: string,
    claimedUserId?: string,
  ): Promise<{ readonly userId: string; readonly access: Access }> {
    const { clock, gate, onLookUp } = this.#deps;
    const access = accessOf(this.#config, token.serverName);
    const userId = await gate.lookUp({ remoteAddress, token, access }, async () => {
      const startMs = clock.monotonicMs();
      try {
        const user = await verifyUser(this.#deps, token, claimedUserId);
        onLookUp("ok", clock.monotonicMs() - startMs);
        return user;
      } catch (fault) {
        onLookUp("refused", clock.monotonicMs() - startMs);
        throw fault;
      }
    });
    gate.grant(userId, token.serverName, access);
    return { userId, access };
  }

  async #grant(proven: Proven): Promise<Granted> {
    if (proven.leave && proven.access === "restricted") {
      throw new JwtServiceError("delegation_refused", "Only users of homeservers with full access may delegate");
    }
    const grant = this.#decide(proven, await this.#membership(proven.member));
    if (proven.leave) await this.#requireClientApi(proven.member.serverName);
    if (grant.mayCreateRoom) await this.#createRoom(grant.room);
    if (proven.leave) await this.#takeOver(proven, proven.leave);
    const jwt = signGrant({ livekitKey: this.#config.livekitKey, sign: this.#sign }, grant, this.#deps.clock.nowMs());
    this.#deps.ledger.granted({ room: grant.room, identity: grant.identity }, proven.member);
    return granted(proven, { url: this.#config.livekitUrl, jwt });
  }

  #decide({ member, room, identity }: Proven, membership: "joined" | "absent" | "unknown"): Grant {
    const decision = decideGrant(this.#config, { serverName: member.serverName, room, identity, membership });
    if (decision.is === "granted") return decision.grant;
    throw new JwtServiceError(decision.code, "The user is not in the room");
  }

  async #membership(member: MatrixMember): Promise<"joined" | "absent" | "unknown"> {
    const { homeservers, logger } = this.#deps;
    if (!homeservers.membership) return "unknown";
    return homeservers.membership(member).catch((fault: unknown) => {
      logger.warn("membership could not be checked", { cause: fault instanceof Error ? fault.message : typeof fault });
      return "unknown" as const;
    });
  }

  async #requireClientApi(serverName: string): Promise<void> {
    const isKnown = await this.#deps.delayedEvents.canReach(serverName).catch(() => false);
    if (!isKnown)
      throw new JwtServiceError("client_api_unknown", "The client-server API of the homeserver was not found");
  }

  async #createRoom(room: string): Promise<void> {
    try {
      await this.#deps.sfu.createRoom(room);
      this.#deps.onRoomCreated();
    } catch (cause) {
      const code = cause instanceof SfuCallFailed ? "sfu_refused" : "sfu_unreachable";
      const detail = cause instanceof Error ? cause.message : typeof cause;
      throw new JwtServiceError(code, "Unable to create room on SFU", { cause, detail });
    }
  }

  async #takeOver({ member, room, identity }: Proven, leave: DelayedLeave): Promise<void> {
    await this.#deps.jobs.delegate({ room, identity, serverName: member.serverName, ...leave });
  }
}

function granted({ member, access, room }: Proven, body: object): Granted {
  return { body, access, server: member.serverName, room };
}
