import type { WidgetData, WidgetWindow, WindowMessage } from "../ports.ts";

export interface FakeMessage {
  readonly api: string;
  readonly widgetId: string;
  readonly requestId: string;
  readonly action: string;
  readonly data: WidgetData;
  readonly response?: WidgetData;
}

/** Answers a request of the widget; `undefined` leaves it without an answer. */
export type FakeAnswer = (data: WidgetData) => WidgetData | undefined;

/** The page around a widget, as the widget's window shows it. Everything is delivered at once. */
export class FakeHostPage {
  readonly origin = "https://host.example";
  readonly parentUrl = "https://host.example/chat?room=1";
  readonly widgetId = "w1";
  /** What the widget has sent, and where to. */
  readonly received: { readonly message: FakeMessage; readonly targetOrigin: string }[] = [];
  readonly window: WidgetWindow;
  readonly #listeners = new Set<(message: WindowMessage) => void>();
  readonly #answers = new Map<string, FakeAnswer>();
  #serial = 0;

  constructor() {
    this.window = {
      parent: { postMessage: (message, targetOrigin) => this.#take(message as FakeMessage, targetOrigin) },
      addEventListener: (_type, listener) => this.#listeners.add(listener),
      removeEventListener: (_type, listener) => this.#listeners.delete(listener),
    };
  }

  get listenerCount(): number {
    return this.#listeners.size;
  }

  answer(action: string, answer: FakeAnswer): void {
    this.#answers.set(action, answer);
  }

  /** Agrees to what the widget asks for, as a host does at the start. */
  async begin(versions: readonly string[], allows: (capability: string) => boolean = () => true): Promise<void> {
    this.answer("supported_api_versions", () => ({ supported_versions: versions }));
    const { capabilities } = (await this.ask("capabilities")) as { readonly capabilities: readonly string[] };
    await this.ask("notify_capabilities", { requested: capabilities, approved: capabilities.filter(allows) });
  }

  /** Sends a request to the widget. @returns its answer */
  async ask(action: string, data: WidgetData = {}): Promise<WidgetData> {
    this.#serial += 1;
    const requestId = `host-${this.#serial}`;
    this.post({ api: "toWidget", widgetId: this.widgetId, requestId, action, data });
    for (let round = 0; round < 50; round++) {
      const found = this.received.find(({ message }) => message.requestId === requestId && message.response);
      if (found?.message.response) return found.message.response;
      await Promise.resolve();
    }
    throw new Error(`The widget did not answer ${action}`);
  }

  /** Delivers any message, as from this page or from elsewhere. */
  post(data: unknown, from: Partial<WindowMessage> = {}): void {
    const message = { data, origin: this.origin, source: this.window.parent, ...from };
    for (const listener of this.#listeners) listener(message);
  }

  /** Requests of one kind that the widget has made. */
  requests(action: string): readonly FakeMessage[] {
    return this.received
      .map(({ message }) => message)
      .filter((message) => message.action === action && message.api === "fromWidget");
  }

  #take(message: FakeMessage, targetOrigin: string): void {
    this.received.push({ message, targetOrigin });
    if (message.api !== "fromWidget") return;
    const response = this.#answers.get(message.action)?.(message.data);
    if (response) queueMicrotask(() => this.post({ ...message, response }));
  }
}
