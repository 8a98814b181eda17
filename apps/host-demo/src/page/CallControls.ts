import type { MuteState } from "./CallWidget.ts";
import { h } from "./h.ts";

export interface CallActions {
  readonly call: () => void;
  /** Calls the others to the phone. */
  readonly ring: () => void;
  readonly mute: (wish: Partial<MuteState>) => void;
  readonly hangUp: () => void;
}

/** The host's own buttons for a call: what they show is what the widget said last. */
export class CallControls {
  readonly element = h("div", { style: "display: flex; gap: 8px" });
  readonly #actions: CallActions;

  constructor(actions: CallActions) {
    this.#actions = actions;
    this.show(false, undefined);
  }

  show(isOpen: boolean, muted: MuteState | undefined): void {
    const { call, hangUp, mute, ring } = this.#actions;
    if (!isOpen) {
      this.element.replaceChildren(
        h("button", { "data-testid": "host-ring-others", click: () => ring() }, "Ring"),
        h("button", { class: "primary", "data-testid": "host-call", click: () => call() }, "Call"),
      );
      return;
    }
    const toggle = (what: keyof MuteState, label: string): HTMLElement =>
      h(
        "button",
        {
          "data-testid": `host-${what}`,
          "aria-pressed": String(muted?.[what] ?? false),
          click: () => mute({ [what]: !muted?.[what] }),
        },
        `${label} ${muted === undefined ? "…" : muted[what] ? "on" : "off"}`,
      );
    this.element.replaceChildren(
      toggle("audio_enabled", "Mic"),
      toggle("video_enabled", "Camera"),
      h("button", { class: "danger", "data-testid": "host-hang-up", click: () => hangUp() }, "Hang up"),
    );
  }
}
