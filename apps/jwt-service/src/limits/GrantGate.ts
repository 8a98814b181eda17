import { hash } from "node:crypto";

import type { Clock } from "@conclave/kit";

import { isInternalAddress } from "../adapters/internalAddress.ts";
import { limited } from "../errors.ts";
import type { Access } from "../grant/grantPolicy.ts";
import type { GrantLimits, OpenIdToken } from "../ports.ts";
import { RequestBudget, type BudgetOptions } from "./RequestBudget.ts";

const DEFAULT_LIMITS: GrantLimits = { userPerMinute: 10, ownUserPerMinute: 60, serverPerMinute: 100, perSecond: 2000 };

/** A client needs one token per join; a whole office may join at once from one address. */
const ADDRESS_BUDGET: BudgetOptions = { burst: 200, perSecond: 20 };
/** Questions about one stranger's homeserver. Wider than its grants: anybody can name a homeserver that is not theirs. */
const UNPROVEN_BUDGET: BudgetOptions = { burst: 200, perSecond: 20 };
const USES_OF_A_TOKEN_PER_MINUTE = 6;
const MAX_OPEN_PER_STRANGER = 32;
const MAX_OPEN_OF_STRANGERS = 256;
const MAX_OPEN = 4096;
const BUSY_RETRY_MS = 1000;
const ALL = "";

/** Who asks, before anything is proven. */
export interface Asker {
  readonly remoteAddress: string;
  readonly token: OpenIdToken;
  readonly access: Access;
}

/**
 * Bounds what anybody can make the service do: before the homeserver is asked by address, token, server and in all, after
 * that by user and server. Whoever floods uses up a budget of their own.
 */
export class GrantGate {
  readonly #addresses: RequestBudget;
  readonly #unproven: RequestBudget;
  readonly #tokens: RequestBudget | undefined;
  readonly #all: RequestBudget | undefined;
  readonly #users: RequestBudget | undefined;
  readonly #ownUsers: RequestBudget | undefined;
  readonly #servers: RequestBudget | undefined;
  readonly #openByStranger = new Map<string, number>();
  #lastAddress = { address: "", isProxy: true };
  #openOfStrangers = 0;
  #open = 0;

  constructor(clock: Clock, limits: Partial<GrantLimits> = {}) {
    const { userPerMinute, ownUserPerMinute, serverPerMinute, perSecond } = { ...DEFAULT_LIMITS, ...limits };
    const budget = (options: BudgetOptions | undefined): RequestBudget | undefined =>
      options && new RequestBudget(clock, options);
    this.#addresses = new RequestBudget(clock, ADDRESS_BUDGET);
    this.#unproven = new RequestBudget(clock, UNPROVEN_BUDGET);
    this.#tokens = budget(userPerMinute > 0 ? perMinute(USES_OF_A_TOKEN_PER_MINUTE) : undefined);
    this.#users = budget(perMinute(userPerMinute));
    this.#ownUsers = budget(perMinute(ownUserPerMinute));
    this.#servers = budget(perMinute(serverPerMinute));
    this.#all = budget(perSecond > 0 ? { burst: 2 * perSecond, perSecond } : undefined);
  }

  /** Runs the look-up of a token if there is room for it. @throws {JwtServiceError} `user_limited`, `server_limited`, `service_busy` */
  async lookUp<T>(asker: Asker, ask: () => Promise<T>): Promise<T> {
    const { token, access } = asker;
    this.#enter(asker);
    this.#count(token.serverName, access, 1);
    try {
      return await ask();
    } finally {
      this.#count(token.serverName, access, -1);
    }
  }

  /** Takes a grant from the budgets of a proven user. @throws {JwtServiceError} `user_limited`, `server_limited` */
  grant(userId: string, serverName: string, access: Access): void {
    if (access === "restricted") refuse("server_limited", this.#servers?.take(serverName));
    refuse("user_limited", (access === "full" ? this.#ownUsers : this.#users)?.take(userId));
  }

  #enter({ remoteAddress, token, access }: Asker): void {
    // An internal address is a proxy's, behind which everybody is.
    if (!this.#isProxy(remoteAddress)) refuse("user_limited", this.#addresses.take(remoteAddress));
    if (this.#tokens) refuse("user_limited", this.#tokens.take(hashOf(token)));
    if (access === "restricted") {
      if ((this.#openByStranger.get(token.serverName) ?? 0) >= MAX_OPEN_PER_STRANGER) {
        throw limited("server_limited", BUSY_RETRY_MS);
      }
      refuse("server_limited", this.#unproven.take(token.serverName));
      if (this.#openOfStrangers >= MAX_OPEN_OF_STRANGERS) throw limited("service_busy", BUSY_RETRY_MS);
    }
    if (this.#open >= MAX_OPEN) throw limited("service_busy", BUSY_RETRY_MS);
    refuse("service_busy", this.#all?.take(ALL));
  }

  /** Remembers the last answer: behind a proxy it is always the same address. */
  #isProxy(address: string): boolean {
    if (this.#lastAddress.address !== address) this.#lastAddress = { address, isProxy: isInternalAddress(address) };
    return this.#lastAddress.isProxy;
  }

  #count(serverName: string, access: Access, change: 1 | -1): void {
    this.#open += change;
    if (access === "full") return;
    this.#openOfStrangers += change;
    const open = (this.#openByStranger.get(serverName) ?? 0) + change;
    if (open > 0) this.#openByStranger.set(serverName, open);
    else this.#openByStranger.delete(serverName);
  }
}

function perMinute(count: number): BudgetOptions | undefined {
  return count > 0 ? { burst: count, perSecond: count / 60 } : undefined;
}

function refuse(code: "user_limited" | "server_limited" | "service_busy", waitMs: number | undefined): void {
  if (waitMs !== undefined && waitMs > 0) throw limited(code, waitMs);
}

/** Tokens are secrets: they are not kept. */
function hashOf({ accessToken, serverName }: OpenIdToken): string {
  return hash("sha256", `${serverName}\0${accessToken}`, "base64");
}
