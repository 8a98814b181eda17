import type { CallDeps, SfuClient } from "@conclave/call";

import type { MediaBytes, SentInterval, StreamReport } from "./model.ts";

/** What makes a tier: how a bot reaches the SFU, what it sends, and what it saw of what it got. */
export interface BotMedia {
  readonly sfu: SfuClient;
  readonly createFrameCrypto: CallDeps["createFrameCrypto"];
  /** A fresh microphone, which sends from the moment it is published. */
  createMicrophone(): MediaStreamTrack;
  createCamera(): MediaStreamTrack;
  /** Running totals, one per remote track. @param numberOf tells the bot behind an SFU identity */
  streams(numberOf: (identity: string) => number | undefined): readonly StreamReport[];
  /** When frames really went out. */
  sent(): readonly SentInterval[];
  /** Over all connections. */
  bytes(): MediaBytes;
  /** Cuts all connections without a word; new ones can be made afterwards. */
  vanish?(): void;
  /** From now on so many of the frames that arrive and go out are lost, 0 to 1. */
  setLoss?(share: number): void;
  close(): Promise<void>;
}
