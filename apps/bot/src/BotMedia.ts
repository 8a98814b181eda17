import type { CallDeps, SfuClient } from "@conclave/call";

import type { MediaBytes, NetworkProfile, SentInterval, StreamReport } from "./model.ts";

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
  /** From now on frames that arrive and go out are lost and held up so; `undefined`: as the bot's manners have it. */
  setNetwork?(profile: NetworkProfile | undefined): void;
  close(): Promise<void>;
}
