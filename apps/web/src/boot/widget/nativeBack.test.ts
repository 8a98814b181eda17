import { expect, it } from "vitest";

import { nativeBack } from "./nativeBack.ts";

it("is what the app around the page has put into its window, called on what it belongs to", () => {
  const controls = {
    presses: 0,
    onBackButtonPressed() {
      this.presses++;
    },
  };

  nativeBack({ controls })?.();

  expect(controls.presses).toBe(1);
});

it.each([{}, { controls: {} }, { controls: { onBackButtonPressed: "leave" } }])("is nothing in %j", (window) => {
  expect(nativeBack(window)).toBeUndefined();
});
