import type { Clock, Logger } from "@conclave/kit";

import type { ResolvedConfig } from "./config.ts";
import type { RandomBytes } from "./ids.ts";
import type { DelayedEvents } from "./rooms/DelayedEvents.ts";
import type { Typing } from "./rooms/Typing.ts";
import type { SlidingConnections } from "./slidingSync/SlidingConnections.ts";
import type { AccountDataStore } from "./store/AccountDataStore.ts";
import type { AccountStore } from "./store/AccountStore.ts";
import type { Database } from "./store/Database.ts";
import type { EventStore } from "./store/EventStore.ts";
import type { KeyStore } from "./store/KeyStore.ts";
import type { MemberStore } from "./store/MemberStore.ts";
import type { ToDeviceStore } from "./store/ToDeviceStore.ts";
import type { TokenStore } from "./store/TokenStore.ts";
import type { TransactionStore } from "./store/TransactionStore.ts";
import type { Notifier } from "./sync/Notifier.ts";
import type { RateLimiter } from "./RateLimiter.ts";

/** What the parts of one homeserver share. Made by `createHomeserver`, handed to functions as first argument. */
export interface Core {
  readonly config: ResolvedConfig;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly logger: Logger;
  readonly db: Database;
  readonly accounts: AccountStore;
  readonly tokens: TokenStore;
  readonly keys: KeyStore;
  readonly toDevice: ToDeviceStore;
  readonly transactions: TransactionStore;
  readonly accountData: AccountDataStore;
  readonly events: EventStore;
  readonly members: MemberStore;
  readonly notifier: Notifier;
  readonly sliding: SlidingConnections;
  readonly typing: Typing;
  readonly delayed: DelayedEvents;
  readonly authLimit: RateLimiter;
  readonly sendLimit: RateLimiter;
  readonly delayedLimit: RateLimiter;
}
