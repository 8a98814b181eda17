import type { Call } from "@conclave/call";
import type { Clock, Logger } from "@conclave/kit";

import type { PageParameters } from "./boot/pageParameters.ts";
import type { Embedding } from "./boot/widget/Embedding.ts";
import type { DevicePort } from "./media/devicePort.ts";
import type { Preferences } from "./preferences/Preferences.ts";
import type { CallService } from "./room/CallService.ts";
import type { Router } from "./router/Router.ts";

/** Everything the pages get from outside. Made once, in `boot/`. */
export interface Environment {
  readonly service: CallService;
  readonly devices: DevicePort;
  readonly preferences: Preferences;
  readonly parameters: PageParameters;
  readonly router: Pick<Router, "route" | "here" | "goToRoom" | "openWithPassword" | "goHome">;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly randomBytes: (lengthBytes: number) => Uint8Array<ArrayBuffer>;
  /** Shown as the name of the product. */
  readonly brand: string;
  /** Begins to ring. @returns ends it */
  readonly playRing: () => () => void;
  /** Told of each call, so that tests can look inside. */
  readonly exposeCall: ((call: Call) => void) | undefined;
  /** Another client's page around ours, if there is one. */
  readonly embedding?: Embedding;
}
