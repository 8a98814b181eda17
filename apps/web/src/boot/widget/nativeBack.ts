/** What an app around the page puts into its window. @see matrixrtc.md 14.4 */
interface HostWindow {
  readonly controls?: { readonly onBackButtonPressed?: unknown };
}

/** What the app around the page wants to happen on "back", if it wants anything. */
export function nativeBack(window: object): (() => void) | undefined {
  const { controls } = window as HostWindow;
  const back = controls?.onBackButtonPressed;
  return typeof back === "function" ? () => void back.call(controls) : undefined;
}
