import type { Logger } from "@conclave/kit";
import type { SfuDeps } from "@conclave/sfu";

/** What `startConclave` needs to know. */
export interface ConclaveOptions {
  /** Address that the web port is bound to. */
  readonly host: string;
  /** TCP port of everything but media; 0 picks a free one. */
  readonly port: number;
  /** UDP and TCP port of all media; 0 picks a free one. */
  readonly mediaPort: number;
  /** Addresses given to browsers as media addresses; empty for those of this machine. */
  readonly announce: readonly string[];
  /** Folder of everything that must survive: accounts, rooms, keys of the installation. */
  readonly dataDir: string;
  /** The mediasoup worker. */
  readonly workerBin: string;
  /** The built web app; default is the checkout's own. */
  readonly siteDir?: string;
  /** Where people reach this installation, if that is not the address that they typed. */
  readonly publicUrl?: string;
  /** Part after the colon in user ids; only read when the data folder is new. */
  readonly serverName?: string;
  /** True behind a reverse proxy: the last `X-Forwarded-For` address counts as the client's. */
  readonly isBehindProxy?: boolean;
  readonly logger?: Logger;
  /** For tests: sees each packet that the SFU forwards. */
  readonly sfuTap?: SfuDeps["tap"];
}
