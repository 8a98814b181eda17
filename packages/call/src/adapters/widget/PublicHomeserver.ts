import type { Clock, Scope } from "@conclave/kit";
import { type MatrixFeatures, MatrixRtcError } from "@conclave/matrix-rtc";

import { readWellKnownFoci } from "../http/discovery.ts";
import { HomeserverClient } from "../http/HomeserverClient.ts";
import { recordAt } from "../http/json.ts";
import type { Terms } from "./Agreement.ts";
import { CAPABILITIES } from "./capabilities.ts";

const DELAYED_EVENTS = "org.matrix.msc4140";
const STICKY_EVENTS = "org.matrix.msc4354";

export interface PublicHomeserverDeps {
  /** `baseUrl` of the page's address: the homeserver of the host, if it says which. */
  readonly baseUrl: string | undefined;
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Clock;
  readonly scope: Scope;
}

/**
 * What everybody may ask a homeserver; a widget has no account there. Two files, each only when it is needed: `versions`
 * and `.well-known/matrix/client`.
 */
export class PublicHomeserver {
  readonly #deps: PublicHomeserverDeps;
  readonly #client: HomeserverClient | undefined;

  constructor(deps: PublicHomeserverDeps) {
    this.#deps = deps;
    this.#client = deps.baseUrl === undefined ? undefined : this.#open(deps.baseUrl);
  }

  /**
   * What the host allows and the homeserver has. Where the homeserver cannot be asked, what the host allows has to do:
   * it would not offer what is not there.
   */
  async features({ capabilities }: Terms): Promise<MatrixFeatures> {
    const flags = await this.#flags();
    const has = (flag: string): boolean => flags === undefined || flags[flag] === true;
    const isAllowed = (...names: readonly string[]): boolean => names.every((name) => capabilities.has(name));
    return {
      delayedEvents:
        isAllowed(CAPABILITIES.sendDelayed, CAPABILITIES.updateDelayed) &&
        (has(DELAYED_EVENTS) || has(`${DELAYED_EVENTS}.stable`)),
      stickyEvents: isAllowed(CAPABILITIES.sendSticky, CAPABILITIES.receiveSticky) && has(STICKY_EVENTS),
    };
  }

  async wellKnownFoci(serverName: string): Promise<readonly unknown[]> {
    return this.#client ? readWellKnownFoci(this.#client, (url) => this.#open(url), serverName) : [];
  }

  async #flags(): Promise<Record<string, unknown> | undefined> {
    try {
      const versions = await this.#client?.json({
        method: "GET",
        path: "/_matrix/client/versions",
        auth: false,
        retries: 1,
      });
      return versions === undefined ? undefined : recordAt(versions, "unstable_features");
    } catch (error) {
      if (error instanceof MatrixRtcError) return undefined;
      throw error;
    }
  }

  #open(homeserverUrl: string): HomeserverClient {
    const { clock, fetch, scope } = this.#deps;
    return new HomeserverClient({ homeserverUrl, fetch, clock, signal: scope.signal });
  }
}
