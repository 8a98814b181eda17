import type { Happening } from "@conclave/kit";

import type { FromHost, ToHost } from "../host/messages.ts";
import type { BotTier } from "../model.ts";

/** A process that houses bots. */
export interface HostLink {
  readonly tier: BotTier;
  readonly processId: number;
  readonly received: Happening<FromHost>;
  /** It is gone without having been told to; its bots with it. */
  readonly died: Happening<{ readonly how: string }>;
  send(message: ToHost): void;
  /** Ends it, by force if it does not end by itself. Never rejects. */
  end(): Promise<void>;
}

/** @throws {SwarmError} `host_failed` */
export type StartHost = (tier: BotTier) => Promise<HostLink>;
