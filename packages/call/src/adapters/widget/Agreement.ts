import type { Clock, Scope } from "@conclave/kit";
import { MatrixRtcError } from "@conclave/matrix-rtc";

import { stringsAt } from "../http/json.ts";
import { ACTIONS, VERSIONS, WIDGET_VERSIONS } from "./actions.ts";
import { inTime } from "./inTime.ts";
import type { WidgetHost } from "./WidgetHost.ts";

/** How long a request waits for host and widget to agree; a host may ask its person. */
const PATIENCE_MS = 30_000;

/** What the host can do and allows. */
export interface Terms {
  readonly versions: ReadonlySet<string>;
  readonly capabilities: ReadonlySet<string>;
}

/**
 * Negotiates with the host what this widget may do. The host begins, after its own rules; who needs the result waits.
 *
 * @see matrixrtc.md 13.2
 */
export class Agreement {
  readonly #clock: Clock;
  readonly #scope: Scope;
  readonly #settled: Promise<Terms>;

  constructor(deps: { readonly host: WidgetHost; readonly clock: Clock }, requested: readonly string[], scope: Scope) {
    const { host } = deps;
    this.#clock = deps.clock;
    this.#scope = scope;
    this.#settled = new Promise((settle) => this.#negotiate(host, requested, settle));
  }

  #negotiate(host: WidgetHost, requested: readonly string[], settle: (terms: Terms) => void): void {
    const scope = this.#scope;
    let asked: Promise<ReadonlySet<string>> | undefined;
    // Not before the host has begun: it may not listen yet.
    const versions = (): Promise<ReadonlySet<string>> => (asked ??= askVersions(host));
    host.answer(ACTIONS.versions, () => ({ supported_versions: WIDGET_VERSIONS }), scope);
    host.answer(
      ACTIONS.capabilities,
      async () => {
        const known = await versions();
        // A host of the first days says no more: what it does not allow, it refuses when it is asked.
        if (!known.has(VERSIONS.notifiesCapabilities)) settle({ versions: known, capabilities: new Set(requested) });
        return { capabilities: requested };
      },
      scope,
    );
    host.answer(
      ACTIONS.notifyCapabilities,
      async (data) => {
        settle({ versions: await versions(), capabilities: new Set(stringsAt(data, "approved")) });
        return {};
      },
      scope,
    );
  }

  /** @throws {MatrixRtcError} `homeserver_unreachable`: the host has not begun in time */
  terms(): Promise<Terms> {
    return inTime("capabilities", this.#settled, { clock: this.#clock, scope: this.#scope, timeoutMs: PATIENCE_MS });
  }

  /** The terms, if the host allows this. @throws {MatrixRtcError} `forbidden` */
  async require(...capabilities: readonly string[]): Promise<Terms> {
    const terms = await this.terms();
    const missing = capabilities.find((capability) => !terms.capabilities.has(capability));
    if (missing === undefined) return terms;
    throw new MatrixRtcError("forbidden", `The host does not allow ${missing.split("#")[0]}`);
  }
}

/** A host that does not say is one of the first days. */
async function askVersions(host: WidgetHost): Promise<ReadonlySet<string>> {
  try {
    return new Set(stringsAt(await host.request(ACTIONS.versions), "supported_versions"));
  } catch {
    return new Set();
  }
}
