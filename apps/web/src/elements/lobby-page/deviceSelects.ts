import { html, type TemplateResult } from "lit";

import type { DeviceKind } from "../../media/devicePort.ts";
import type { MediaView } from "../../media/MediaView.ts";
import { selectedDevice } from "../../media/selectedDevice.ts";
import { strings } from "../../strings/strings.ts";
import { icon, type IconName } from "../../styles/icons.ts";

const ICONS: Readonly<Record<DeviceKind, IconName>> = { microphone: "mic", camera: "camera", speaker: "sound" };
const KINDS = ["microphone", "camera", "speaker"] as const;

/** One select for each kind of device that there is. Native ones: every phone knows best how to show them. */
export function deviceSelects(media: MediaView, choose: (kind: DeviceKind, id: string) => void): TemplateResult {
  const kinds = KINDS.filter((kind) => media.devices[kind].length > 0);
  return html`<div class="devices">${kinds.map((kind) => deviceSelect(kind, media, choose))}</div>`;
}

function deviceSelect(
  kind: DeviceKind,
  media: MediaView,
  choose: (kind: DeviceKind, id: string) => void,
): TemplateResult {
  const selected = selectedDevice(kind, media);
  return html`<div class="device">
    ${icon(ICONS[kind])}
    <select
      aria-label=${strings.lobby[kind]}
      data-testid="lobby-select-${kind}"
      @change=${(event: Event) => choose(kind, (event.target as HTMLSelectElement).value)}
    >
      ${media.devices[kind].map(
        (device) => html`<option value=${device.id} .selected=${device.id === selected}>${device.label}</option>`,
      )}
    </select>
    ${icon("chevronUp")}
  </div>`;
}
