import type { StoredAccount } from "@conclave/call";

import type { BotPlace, BotReport, BotSample, BotSpec, Finding, MediaProfile, NetworkProfile } from "../model.ts";

/** A process tells of its lag this often. */
export const LAG_REPORT_MS = 1_000;

/** A process tells this often how much media its bots have carried. */
export const CARRIED_REPORT_MS = 1_000;

export type BotAct = "prepare" | "join" | "leave" | "vanish" | "talk" | "hush" | "film" | "unfilm" | "sample";

/** A bot to make, with the account that it logs in with; without one it registers as a guest. */
export interface BotOrder {
  readonly spec: BotSpec;
  readonly account?: StoredAccount;
}

/** From the swarm to a host process. */
export type ToHost =
  | {
      readonly type: "make";
      readonly bots: readonly BotOrder[];
      /** In the whole run. */
      readonly people: number;
      readonly place: BotPlace;
      readonly profile: MediaProfile;
      /** Bots of the whole run with an encoder of their own. */
      readonly encoders: readonly number[];
    }
  /** Who is who; told anew whenever somebody has been added. */
  | { readonly type: "identify"; readonly numbers: readonly (readonly [userId: string, number: number])[] }
  | { readonly type: "act"; readonly bot: number; readonly act: BotAct }
  /** `undefined`: as it was found. */
  | { readonly type: "network"; readonly bots: readonly number[]; readonly profile: NetworkProfile | undefined }
  | { readonly type: "report"; readonly request: number }
  | { readonly type: "close" };

/** From a host process to the swarm. Accounts hold secrets: this goes over the pipe between them and nowhere else. */
export type FromHost =
  | { readonly type: "ready" }
  | { readonly type: "prepared"; readonly bot: number; readonly account: StoredAccount | undefined }
  | { readonly type: "done"; readonly bot: number; readonly act: BotAct }
  | { readonly type: "reported"; readonly request: number; readonly bots: readonly BotReport[] }
  | { readonly type: "found"; readonly finding: Finding }
  /** Longest time that the host's one thread was not free, since the last time; too long, and what it measured is void. */
  | { readonly type: "lagged"; readonly lagMs: number }
  /** Bytes of media that all its bots have sent and received so far. */
  | { readonly type: "carried"; readonly bytes: number }
  /** What a bot saw when it was told to `sample`; comes before its `done`. */
  | { readonly type: "sampled"; readonly sample: BotSample }
  | { readonly type: "closed" };
