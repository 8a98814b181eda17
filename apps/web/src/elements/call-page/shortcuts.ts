import { isSounding, type MediaView } from "../../media/MediaView.ts";

export type ShortcutAction =
  | { readonly kind: "hand" }
  | { readonly kind: "reactions" }
  | { readonly kind: "microphone" | "camera" | "screen"; readonly isOn: boolean }
  | { readonly kind: "people" };

const TYPING = "input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable]";

/** What a key press in a call asks for, if anything. Keys that are typed into a field are text. */
export function shortcutAction(event: KeyboardEvent, media: MediaView): ShortcutAction | undefined {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.defaultPrevented) return undefined;
  const target = event.composedPath()[0];
  if (target instanceof Element && target.matches(TYPING)) return undefined;
  switch (event.key.toLowerCase()) {
    case "m":
      return { kind: "microphone", isOn: !isSounding(media.microphone) };
    case "v":
      return { kind: "camera", isOn: media.camera.phase !== "on" };
    case "s":
      return { kind: "screen", isOn: media.screen.phase !== "on" };
    case "p":
      return { kind: "people" };
    case "h":
      return { kind: "hand" };
    case "e":
      return { kind: "reactions" };
    default:
      return undefined;
  }
}
