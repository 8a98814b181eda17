import { type AccountStore } from "@conclave/call";

import { KeptAccount } from "../../KeptAccount.ts";
import type { Target } from "../../target/index.ts";

/** Servers that say yes to everything. */
export class FakeTarget implements Target {
  readonly kind = "embedded";
  readonly homeserverUrl = "http://hs";

  fetchFor(): typeof globalThis.fetch {
    return () => Promise.reject(new TypeError("There is no network"));
  }

  createRoom(): ReturnType<Target["createRoom"]> {
    return Promise.resolve({ roomId: "!room" });
  }

  accountFor(): Promise<AccountStore> {
    return Promise.resolve(new KeptAccount());
  }

  noteAccount(): void {}

  kick(): Promise<void> {
    return Promise.resolve();
  }

  processes(): ReturnType<Target["processes"]> {
    return [];
  }

  serverTimeOffsetMs(): Promise<number> {
    return Promise.resolve(0);
  }

  close(): ReturnType<Target["close"]> {
    return Promise.resolve([]);
  }
}
