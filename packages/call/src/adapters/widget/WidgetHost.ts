import type { Clock, Logger, Scope } from "@conclave/kit";

import { isRecord, stringAt } from "../http/json.ts";
import { parentOrigin } from "./parentOrigin.ts";
import { PendingRequests } from "./PendingRequests.ts";
import type { RequestOptions, WidgetData, WidgetHandler, WidgetWindow, WindowMessage } from "./ports.ts";

/** Directions of the wire; an answer keeps that of its request. */
const TO_HOST = "fromWidget";
const TO_WIDGET = "toWidget";

export interface WidgetHostOptions {
  readonly window: WidgetWindow;
  /** As the host gave them in the address of the page. */
  readonly widgetId: string;
  readonly parentUrl: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * The page that a widget is embedded in. Speaks the widget API over `postMessage` with nobody else: a message counts only
 * if it comes from the parent window itself, from the origin of `parentUrl`, and names this widget; and what is sent
 * goes to that origin or nowhere. What is sent and received is never logged: it holds media keys.
 *
 * @throws {MatrixRtcError} `forbidden`: `parentUrl` is no web address, or the page is not embedded
 * @see matrixrtc.md 13.1, quality.md T19
 */
export class WidgetHost {
  readonly #options: WidgetHostOptions;
  readonly #origin: string;
  readonly #scope: Scope;
  readonly #pending: PendingRequests;
  readonly #handlers = new Map<string, WidgetHandler>();
  #ignoredMessages = 0;

  constructor(options: WidgetHostOptions, scope: Scope) {
    const { clock, parentUrl, window } = options;
    this.#options = options;
    this.#origin = parentOrigin(parentUrl);
    this.#scope = scope;
    this.#pending = new PendingRequests(clock, scope);
    const listener = (message: WindowMessage): void => this.#take(message);
    window.addEventListener("message", listener);
    scope.onEnd(() => window.removeEventListener("message", listener));
  }

  /** Messages that were not for this widget, or not from its host. */
  get ignoredMessages(): number {
    return this.#ignoredMessages;
  }

  /**
   * Asks the host. @returns its answer, unchecked
   * @throws {HostRefusal} it answered with an error
   * @throws {MatrixRtcError} `homeserver_unreachable`: no answer in time
   */
  request(action: string, data: object = {}, options: RequestOptions = {}): Promise<WidgetData> {
    const { widgetId } = this.#options;
    return this.#pending.open(action, options, (requestId) =>
      this.#post({ api: TO_HOST, widgetId, requestId, action, data }),
    );
  }

  /** Answers requests of one kind until the scope ends; a later handler takes the place of an earlier one. */
  answer(action: string, handler: WidgetHandler, scope: Scope): void {
    this.#handlers.set(action, handler);
    scope.onEnd(() => {
      if (this.#handlers.get(action) === handler) this.#handlers.delete(action);
    });
  }

  #take({ data, origin, source }: WindowMessage): void {
    if (this.#scope.isEnded) return;
    const { widgetId, window } = this.#options;
    const isFromHost = source === window.parent && origin === this.#origin && stringAt(data, "widgetId") === widgetId;
    if (!isFromHost || !isRecord(data) || !this.#accept(data)) this.#ignoredMessages += 1;
  }

  /** @returns false if the message is neither a request nor an answer that is waited for */
  #accept(message: Record<string, unknown>): boolean {
    const { api, response } = message;
    const [action, requestId] = [stringAt(message, "action"), stringAt(message, "requestId")];
    if (action === undefined || requestId === undefined) return false;
    if (api === TO_HOST) return isRecord(response) && this.#pending.settle(requestId, action, response);
    if (api !== TO_WIDGET || response !== undefined) return false;
    void this.#reply(message, action);
    return true;
  }

  async #reply(request: Record<string, unknown>, action: string): Promise<void> {
    const handler = this.#handlers.get(action);
    if (!handler) return this.#post({ ...request, response: { error: { message: `Unknown action: ${action}` } } });
    try {
      const data = isRecord(request["data"]) ? request["data"] : {};
      this.#post({ ...request, response: await handler(data) });
    } catch (error) {
      this.#options.logger.warn("a request of the host failed", { action, error: String(error) });
      this.#post({ ...request, response: { error: { message: "The widget failed" } } });
    }
  }

  #post(message: object): void {
    this.#options.window.parent.postMessage(message, this.#origin);
  }
}
