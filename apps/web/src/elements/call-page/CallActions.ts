import type { Size } from "../../layout/geometry.ts";
import type { DeviceKind } from "../../media/devicePort.ts";

/** What a person can do in a call. */
export interface CallActions {
  readonly setMicrophoneOn: (isOn: boolean) => void;
  readonly setCameraOn: (isOn: boolean) => void;
  readonly setScreenOn: (isOn: boolean) => void;
  readonly chooseDevice: (kind: DeviceKind, id: string) => void;
  readonly setVideoSize: (sid: string, size: Size) => void;
  readonly copyLink: () => void;
  readonly leave: () => void;
}
