import type { DeviceKind } from "./devicePort.ts";
import type { MediaView } from "./MediaView.ts";

/** The id of the device that is in use: the chosen one, else the one that the browser opened, else its first. */
export function selectedDevice(kind: DeviceKind, media: MediaView): string {
  const ids = media.devices[kind].map((device) => device.id);
  const candidates = [media.chosen[kind], openedDevice(kind, media), "default"];
  return candidates.find((id) => id !== undefined && ids.includes(id)) ?? ids[0] ?? "";
}

function openedDevice(kind: DeviceKind, media: MediaView): string | undefined {
  if (kind === "speaker") return undefined;
  const state = media[kind];
  return state.phase === "on" ? state.track.getSettings().deviceId : undefined;
}
