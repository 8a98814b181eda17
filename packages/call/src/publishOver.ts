import { effect, type Scope, untracked } from "@conclave/kit";

import type { LocalMedia } from "./LocalMedia.ts";
import type { SfuConnections } from "./sfu/SfuConnections.ts";

/** Publishes our tracks over each connection to our own SFU, as soon as it stands. */
export function publishOver(sfus: SfuConnections, media: LocalMedia, scope: Scope): void {
  effect(scope, () => {
    const connection = sfus.own();
    if (connection) untracked(() => media.attach(connection));
  });
}
