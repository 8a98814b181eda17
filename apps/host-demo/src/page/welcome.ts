import { h } from "./h.ts";
import type { Parameters } from "./parameters.ts";

/** Asks who is there; resolves when `enter` has succeeded. */
export function welcome<T>(parameters: Parameters, enter: (name: string) => Promise<T>): Promise<T> {
  return new Promise((resolve) => {
    const name = h("input", { "data-testid": "host-name", autocomplete: "nickname", required: true });
    name.value = parameters.name;
    const fault = h("p", { class: "fault", role: "alert" });
    const button = h("button", { class: "primary", "data-testid": "host-sign-in" }, "Enter");
    const submit = async (event: Event): Promise<void> => {
      event.preventDefault();
      button.disabled = true;
      fault.textContent = "";
      try {
        const entered = await enter(name.value.trim());
        page.remove();
        resolve(entered);
      } catch (error) {
        console.warn("sign-in failed", error);
        fault.textContent = error instanceof Error ? error.message : "That did not work";
        button.disabled = false;
      }
    };
    const form = h(
      "form",
      { submit: (event) => void submit(event) },
      h("h1", {}, "A chat that can call"),
      h("label", {}, "Your name", name),
      fault,
      button,
    );
    const page = h("div", { class: "welcome" }, form);
    document.body.prepend(page);
    if (parameters.name !== "") form.requestSubmit();
  });
}
