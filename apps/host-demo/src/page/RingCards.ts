import { h } from "./h.ts";
import type { IncomingCall } from "./IncomingCalls.ts";

export interface RingActions {
  readonly answer: (call: IncomingCall) => void;
  readonly decline: (call: IncomingCall) => void;
}

/** Who rings, over everything else, with the two answers. */
export class RingCards {
  readonly element = h("div", { class: "rings" });
  readonly #actions: RingActions;
  #shown = "";

  constructor(actions: RingActions) {
    this.#actions = actions;
  }

  show(calls: readonly IncomingCall[]): void {
    // Nothing moves under a pointer, and nothing is read out twice, while the same people ring.
    const shown = JSON.stringify(calls);
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.element.replaceChildren(...calls.map((call) => this.#card(call)));
  }

  #card(call: IncomingCall): HTMLElement {
    const what = call.intent === "audio" ? "Voice call" : "Video call";
    return h(
      "section",
      { class: "ring", role: "alert", "data-testid": "host-ring" },
      h("p", { dir: "auto" }, h("b", {}, `${call.callerName} is calling`), `${what} in ${call.roomName}`),
      h("button", { "data-testid": "host-decline", click: () => this.#actions.decline(call) }, "Decline"),
      h(
        "button",
        { class: "primary", "data-testid": "host-answer", click: () => this.#actions.answer(call) },
        "Answer",
      ),
    );
  }
}
