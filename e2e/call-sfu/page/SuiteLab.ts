import { createLivekitClientSfu } from "@conclave/call/livekitClientSfu";
import { type SfuSuiteHarness, sfuClientSuite } from "@conclave/call/testing";
import { Scope, silentLogger, systemClock } from "@conclave/kit";
import type { SfuGrant } from "@conclave/call";

import { createPicture, createTone } from "./media.ts";

const PATIENCE_MS = 10_000;

/** Runs the acceptance suite of `SfuClient` with the browser's adapter over the real SFU. */
export class SuiteLab {
  readonly #scope = new Scope();

  /** Rejects with what did not hold. */
  async run(name: string): Promise<void> {
    const found = sfuClientSuite.find((candidate) => candidate.name === name);
    if (!found) throw new Error(`No scenario "${name}"`);
    await found.run(this.#harness(crypto.randomUUID()));
  }

  #harness(room: string): SfuSuiteHarness {
    return {
      client: createLivekitClientSfu({ clock: systemClock, logger: silentLogger }),
      grantFor: (identity) => askForGrant(room, identity),
      createTrack: (kind) =>
        kind === "video" ? createPicture(this.#scope, [20, 20, 200]) : createTone(this.#scope, 440),
      until,
    };
  }
}

async function askForGrant(room: string, identity: string): Promise<SfuGrant> {
  const body = JSON.stringify({ room, device_id: "" });
  const response = await fetch(`/jwt/sfu/get?identity=${identity}`, { method: "POST", body });
  const { url, jwt } = (await response.json()) as { readonly url: string; readonly jwt: string };
  return { url, jwt, identity, room, expiresAtMs: Number.MAX_SAFE_INTEGER };
}

async function until(what: string, condition: () => boolean): Promise<void> {
  const deadlineMs = performance.now() + PATIENCE_MS;
  while (!condition()) {
    if (performance.now() > deadlineMs) throw new Error(`It did not happen that ${what}`);
    await new Promise((resolve) => requestAnimationFrame(resolve));
  }
}
