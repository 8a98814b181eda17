import { type Clock, Emitter, type Scope } from "@conclave/kit";
import { MatrixRtcError, type OpenIdToken } from "@conclave/matrix-rtc";

import { numberAt, stringAt } from "../http/json.ts";
import { ACTIONS } from "./actions.ts";
import { inTime } from "./inTime.ts";
import type { WidgetData } from "./ports.ts";
import type { WidgetHost } from "./WidgetHost.ts";

/** How long a person may think about whether a widget may prove who they are. */
const PERSON_PATIENCE_MS = 120_000;

/** Asks the host for tokens that prove who the user is; the host may ask the person first. */
export class OpenIdDesk {
  readonly #host: WidgetHost;
  readonly #clock: Clock;
  readonly #scope: Scope;
  readonly #answers = new Emitter<WidgetData>();

  constructor(deps: { readonly host: WidgetHost; readonly clock: Clock }, scope: Scope) {
    this.#host = deps.host;
    this.#clock = deps.clock;
    this.#scope = scope;
    const take = (data: WidgetData): object => {
      this.#answers.emit(data);
      return {};
    };
    deps.host.answer(ACTIONS.openIdCredentials, take, scope);
  }

  /** @throws {HostRefusal | MatrixRtcError} `forbidden`: the person said no */
  async ask(): Promise<OpenIdToken> {
    let requestId = "";
    const waiting = this.#scope.child();
    const decided = new Promise<WidgetData>((resolve) => {
      // The answer to a person's decision may overtake what tells that there will be one.
      this.#answers.on(waiting, (data) => {
        if (stringAt(data, "original_request_id") === requestId) resolve(data);
      });
    });
    try {
      const first = await this.#host.request(ACTIONS.getOpenId, {}, { onSent: (id) => (requestId = id) });
      if (stringAt(first, "state") !== "request") return toToken(first);
      const limit = { clock: this.#clock, scope: this.#scope, timeoutMs: PERSON_PATIENCE_MS };
      return toToken(await inTime(ACTIONS.getOpenId, decided, limit));
    } finally {
      await waiting.end();
    }
  }
}

function toToken(data: WidgetData): OpenIdToken {
  if (stringAt(data, "state") !== "allowed") {
    throw new MatrixRtcError("forbidden", "The host does not let this widget prove who the user is");
  }
  const [access_token, matrix_server_name] = [stringAt(data, "access_token"), stringAt(data, "matrix_server_name")];
  if (access_token === undefined || matrix_server_name === undefined) {
    throw new MatrixRtcError("homeserver_refused", "The OpenID token is incomplete");
  }
  const token_type = stringAt(data, "token_type") ?? "Bearer";
  return { access_token, matrix_server_name, token_type, expires_in: numberAt(data, "expires_in") ?? 0 };
}
